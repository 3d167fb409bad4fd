/*
 * fake_es.c
 *		Words for fakes: Spanish.
 *
 * The source is UTF-8, and no word has a letter that is not in ISO 8859-1: fake.c
 * counts on it.  A word that is put in, taken out or moved changes fakes.
 */
#include "postgres.h"

#include "mask/fake.h"

static const char *const first_names[] = {
	"Adela", "Adrián", "Adriana", "Agustín", "Águeda", "Alberto", "Aitana", "Alejandro", "Alba", "Alfonso",
	"Alejandra", "Alfredo", "Alicia", "Álvaro", "Amalia", "Andrés", "Amparo", "Ángel", "Ana", "Antonio",
	"Andrea", "Arturo", "Ángela", "Benito", "Antonia", "Bernardo", "Asunción", "Carlos", "Aurora", "César",
	"Beatriz", "Claudio", "Begoña", "Cristian", "Belén", "Cristóbal", "Berta", "Daniel", "Blanca", "David",
	"Candela", "Diego", "Carla", "Domingo", "Carlota", "Eduardo", "Carmen", "Elías", "Carolina", "Emilio",
	"Catalina", "Enrique", "Cecilia", "Ernesto", "Celia", "Esteban", "Clara", "Eugenio", "Claudia", "Fabián",
	"Concepción", "Federico", "Consuelo", "Felipe", "Cristina", "Félix", "Daniela", "Fermín", "Diana",
	"Fernando", "Dolores", "Francisco", "Elena", "Gabriel", "Elisa", "Gerardo", "Elvira", "Gonzalo",
	"Emilia", "Gregorio", "Encarnación", "Guillermo", "Esperanza", "Gustavo", "Esther", "Héctor", "Eugenia",
	"Hugo", "Eulalia", "Ignacio", "Eva", "Isidro", "Fátima", "Ismael", "Felisa", "Iván", "Francisca",
	"Jaime", "Gabriela", "Javier", "Gloria", "Jesús", "Inés", "Joaquín", "Inmaculada", "Jorge", "Irene",
	"José", "Isabel", "Juan", "Jimena", "Julián", "Josefa", "Julio", "Juana", "Leandro", "Julia", "Leonardo",
	"Laura", "Lorenzo", "Leonor", "Lucas", "Lidia", "Luis", "Lourdes", "Manuel", "Lucía", "Marcelo", "Luisa",
	"Marcos", "Luz", "Mariano", "Manuela", "Mario", "Margarita", "Martín", "María", "Mateo", "Marina",
	"Mauricio", "Marta", "Miguel", "Mercedes", "Nicolás", "Miriam", "Óscar", "Mónica", "Pablo", "Natalia",
	"Pascual", "Nieves", "Patricio", "Noelia", "Pedro", "Nuria", "Rafael", "Olga", "Ramiro", "Paloma",
	"Ramón", "Patricia", "Raúl", "Paula", "Ricardo", "Pilar", "Roberto", "Raquel", "Rodrigo", "Remedios",
	"Rogelio", "Rocío", "Rubén", "Rosa", "Salvador", "Rosario", "Samuel", "Sandra", "Santiago", "Sara",
	"Sebastián", "Silvia", "Sergio", "Sofía", "Simón", "Soledad", "Teodoro", "Sonia", "Tomás", "Susana",
	"Vicente", "Teresa", "Víctor", "Valeria", "Verónica", "Victoria", "Virginia", "Yolanda"
};

static const char *const last_names[] = {
	"García", "González", "Rodríguez", "Fernández", "López", "Martínez", "Sánchez", "Pérez", "Gómez",
	"Martín", "Jiménez", "Ruiz", "Hernández", "Díaz", "Moreno", "Muñoz", "Álvarez", "Romero", "Alonso",
	"Gutiérrez", "Navarro", "Torres", "Domínguez", "Vázquez", "Ramos", "Gil", "Ramírez", "Serrano", "Blanco",
	"Molina", "Morales", "Suárez", "Ortega", "Delgado", "Castro", "Ortiz", "Rubio", "Marín", "Sanz", "Núñez",
	"Iglesias", "Medina", "Garrido", "Cortés", "Castillo", "Santos", "Lozano", "Guerrero", "Cano", "Prieto",
	"Méndez", "Cruz", "Calvo", "Gallego", "Herrera", "Márquez", "León", "Vidal", "Peña", "Flores", "Cabrera",
	"Campos", "Vega", "Fuentes", "Carrasco", "Díez", "Reyes", "Caballero", "Nieto", "Aguilar", "Pascual",
	"Santana", "Herrero", "Montero", "Lorenzo", "Hidalgo", "Giménez", "Ibáñez", "Ferrer", "Durán",
	"Santiago", "Benítez", "Mora", "Vicente", "Vargas", "Arias", "Carmona", "Crespo", "Román", "Pastor",
	"Soto", "Sáez", "Velasco", "Moya", "Soler", "Parra", "Esteban", "Bravo", "Gallardo", "Rojas", "Pardo",
	"Merino", "Franco", "Espinosa", "Izquierdo", "Lara", "Rivas", "Silva", "Rivera", "Casado", "Arroyo",
	"Redondo", "Camacho", "Rey", "Vera", "Otero", "Luque", "Galán", "Montes", "Ríos", "Sierra", "Segura",
	"Carrillo", "Marcos", "Martí", "Soriano", "Bernal", "Robles", "Mendoza", "Palacios", "Valero", "Vila",
	"Andrés", "Benito", "Varela", "Macías", "Guerra"
};

static const char *const streets[] = {
	"Calle Mayor", "Calle Real", "Calle Nueva", "Calle Ancha", "Calle Larga", "Calle Alta", "Calle Baja",
	"Calle del Sol", "Calle de la Luna", "Calle de la Estrella", "Calle del Mar", "Calle del Río",
	"Calle de la Fuente", "Calle del Pozo", "Calle del Molino", "Calle del Puente", "Calle de la Iglesia",
	"Calle de la Ermita", "Calle del Castillo", "Calle de la Torre", "Calle de la Muralla",
	"Calle del Mercado", "Calle de la Plaza", "Calle de las Escuelas", "Calle del Jardín", "Calle del Olmo",
	"Calle del Roble", "Calle del Pino", "Calle del Olivo", "Calle de los Olivos", "Calle de los Almendros",
	"Calle de los Naranjos", "Calle de los Limoneros", "Calle de las Rosas", "Calle de las Flores",
	"Calle de los Claveles", "Calle de las Violetas", "Calle de los Lirios", "Calle de las Palmeras",
	"Calle de los Cerezos", "Calle de los Tilos", "Calle de los Chopos", "Calle de los Sauces",
	"Calle de las Encinas", "Calle de los Herreros", "Calle de los Tejedores", "Calle de los Alfareros",
	"Calle de los Plateros", "Calle de los Curtidores", "Calle de los Carpinteros",
	"Calle de los Pescadores", "Calle de la Paz", "Calle de la Libertad", "Calle de la Esperanza",
	"Calle de la Victoria", "Calle de la Salud", "Calle del Carmen", "Calle del Prado", "Calle del Campo",
	"Calle de la Huerta", "Calle de la Vega", "Calle del Valle", "Calle del Monte", "Calle de la Sierra",
	"Calle del Arroyo", "Calle del Lago", "Calle de la Playa", "Calle del Puerto", "Calle del Faro",
	"Calle de la Marina", "Calle de la Estación", "Calle del Norte", "Calle del Sur", "Calle de Oriente",
	"Calle de Poniente", "Calle de Cervantes", "Calle de Quevedo", "Calle de Calderón",
	"Calle de Lope de Vega", "Calle de Velázquez", "Calle de Goya", "Calle de Murillo", "Calle de Zurbarán",
	"Calle de Colón", "Calle de Magallanes", "Calle de Elcano", "Calle de Toledo", "Calle de Sevilla",
	"Calle de Granada", "Calle de Valencia", "Calle de Zaragoza", "Calle de Burgos", "Calle de Segovia",
	"Avenida de la Constitución", "Avenida de la Libertad", "Avenida del Mar", "Avenida de los Pinos",
	"Avenida de las Palmeras", "Avenida de América", "Avenida de Europa", "Avenida del Parque",
	"Avenida de la Estación", "Plaza Mayor", "Plaza Nueva", "Plaza de la Iglesia", "Plaza del Mercado",
	"Plaza de la Fuente", "Paseo del Río", "Paseo de la Alameda", "Paseo Marítimo", "Paseo del Prado",
	"Camino Viejo", "Camino del Molino", "Camino de la Ermita", "Camino de las Viñas"
};

static const char *const cities[] = {
	"Madrid", "Barcelona", "Valencia", "Sevilla", "Zaragoza", "Málaga", "Murcia", "Palma", "Bilbao",
	"Alicante", "Córdoba", "Valladolid", "Vigo", "Gijón", "Vitoria", "Granada", "Elche", "Oviedo",
	"Badalona", "Cartagena", "Terrassa", "Jerez", "Sabadell", "Móstoles", "Pamplona", "Almería",
	"Fuenlabrada", "Leganés", "Santander", "Burgos", "Castellón", "Getafe", "Albacete", "Alcorcón",
	"Logroño", "Badajoz", "Salamanca", "Huelva", "Lleida", "Marbella", "Tarragona", "León", "Cádiz",
	"Mataró", "Jaén", "Algeciras", "Ourense", "Torrejón", "Alcobendas", "Reus", "Telde", "Girona", "Cáceres",
	"Lorca", "Coslada", "Talavera", "Cornellà", "Avilés", "Palencia", "Gandía", "Toledo", "Pontevedra",
	"Guadalajara", "Ceuta", "Melilla", "Manresa", "Ferrol", "Zamora", "Ciudad Real", "Benidorm",
	"Ponferrada", "Linares", "Cuenca", "Huesca", "Segovia", "Ávila", "Mérida", "Teruel", "Soria", "Lugo",
	"Irún", "Elda", "Alcoy", "Ronda", "Motril", "Écija", "Utrera", "Ubrique", "Baeza", "Úbeda", "Antequera",
	"Estepona", "Plasencia", "Calatayud", "Tudela", "Figueres", "Igualada", "Vic", "Tortosa", "Denia",
	"Xàtiva", "Sagunto", "Villena", "Orihuela", "Yecla", "Cieza", "Bogotá", "Lima", "Quito", "Caracas",
	"Montevideo", "Rosario", "Monterrey", "Puebla", "Asunción", "Medellín"
};

static const char *const legal_forms[] = {
	"S.L.", "S.A.", "S.L.U.", "Hermanos", "e Hijos"
};

const EthFakeLocale eth_fake_es = {
	.code = "es",
	.first_names = ETH_FAKE_LIST(first_names),
	.last_names = ETH_FAKE_LIST(last_names),
	.streets = ETH_FAKE_LIST(streets),
	.cities = ETH_FAKE_LIST(cities),
	.legal_forms = ETH_FAKE_LIST(legal_forms),
	.conjunction = " y ",
	.number_first = false
};
