/*
 * fake_fr.c
 *		Words for fakes: French.
 *
 * The source is UTF-8, and no word has a letter that is not in ISO 8859-1: fake.c
 * counts on it.  A word that is put in, taken out or moved changes fakes.
 */
#include "postgres.h"

#include "mask/fake.h"

static const char *const first_names[] = {
	"Adèle", "Adrien", "Agathe", "Alain", "Agnès", "Albert", "Alice", "Alexandre", "Amélie", "Alexis",
	"Anaïs", "Alfred", "André", "Anne", "Antoine", "Antoinette", "Armand", "Audrey", "Arnaud", "Aurélie",
	"Arthur", "Béatrice", "Auguste", "Bernadette", "Aurélien", "Brigitte", "Baptiste", "Camille", "Bastien",
	"Caroline", "Benoît", "Catherine", "Bernard", "Cécile", "Bertrand", "Céline", "Bruno", "Chantal",
	"Cédric", "Charlotte", "Charles", "Chloé", "Christian", "Christelle", "Christophe", "Christine",
	"Claude", "Claire", "Clément", "Clara", "Cyril", "Clémence", "Damien", "Colette", "Daniel", "Corinne",
	"David", "Danielle", "Denis", "Delphine", "Didier", "Denise", "Dominique", "Diane", "Édouard", "Élise",
	"Émile", "Élodie", "Emmanuel", "Émilie", "Éric", "Emma", "Étienne", "Estelle", "Eugène", "Eva", "Fabien",
	"Fabienne", "Fabrice", "Fanny", "Félix", "Florence", "Fernand", "France", "Florent", "Françoise",
	"Franck", "Gabrielle", "François", "Geneviève", "Frédéric", "Germaine", "Gabriel", "Ginette", "Gaston",
	"Hélène", "Georges", "Henriette", "Gérard", "Inès", "Gilbert", "Isabelle", "Gilles", "Jacqueline",
	"Grégoire", "Jeanne", "Guillaume", "Jeannine", "Gustave", "Joséphine", "Guy", "Julie", "Henri",
	"Juliette", "Hervé", "Justine", "Hubert", "Karine", "Hugo", "Laetitia", "Jacques", "Laura", "Jean",
	"Laurence", "Jérôme", "Léa", "Joël", "Louise", "Joseph", "Lucie", "Jules", "Madeleine", "Julien",
	"Manon", "Laurent", "Margaux", "Léon", "Marguerite", "Louis", "Marie", "Luc", "Marion", "Lucien",
	"Marthe", "Marc", "Mathilde", "Marcel", "Mireille", "Martin", "Monique", "Mathieu", "Nathalie",
	"Maurice", "Nicole", "Maxime", "Odette", "Michel", "Pauline", "Nicolas", "Renée", "Olivier", "Rose",
	"Pascal", "Sandrine", "Patrice", "Simone", "Paul", "Solène", "Philippe", "Sophie", "Pierre", "Suzanne",
	"Quentin", "Sylvie", "Raymond", "Thérèse", "Rémi", "Valérie", "René", "Véronique", "Robert", "Virginie",
	"Roger", "Yvonne", "Sébastien", "Zoé", "Serge", "Simon", "Stéphane", "Théo", "Thierry", "Thomas",
	"Victor", "Vincent", "Xavier", "Yves"
};

static const char *const last_names[] = {
	"Martin", "Bernard", "Thomas", "Petit", "Robert", "Richard", "Durand", "Dubois", "Moreau", "Laurent",
	"Simon", "Michel", "Lefebvre", "Leroy", "Roux", "David", "Bertrand", "Morel", "Fournier", "Girard",
	"Bonnet", "Dupont", "Lambert", "Fontaine", "Rousseau", "Vincent", "Muller", "Lefèvre", "Faure", "André",
	"Mercier", "Blanc", "Guérin", "Boyer", "Garnier", "Chevalier", "François", "Legrand", "Gauthier",
	"Garcia", "Perrin", "Robin", "Clément", "Morin", "Nicolas", "Henry", "Roussel", "Mathieu", "Gautier",
	"Masson", "Marchand", "Duval", "Denis", "Dumont", "Marie", "Lemaire", "Noël", "Meyer", "Dufour",
	"Meunier", "Brun", "Blanchard", "Giraud", "Joly", "Rivière", "Lucas", "Brunet", "Gaillard", "Barbier",
	"Arnaud", "Martinez", "Gérard", "Roche", "Renard", "Schmitt", "Roy", "Leroux", "Colin", "Vidal", "Caron",
	"Picard", "Roger", "Fabre", "Aubert", "Lemoine", "Renaud", "Dumas", "Lacroix", "Olivier", "Philippe",
	"Bourgeois", "Pierre", "Benoît", "Rey", "Leclerc", "Payet", "Rolland", "Leclercq", "Guillaume",
	"Lecomte", "Lopez", "Jean", "Dupuy", "Guillot", "Hubert", "Berger", "Carpentier", "Sanchez", "Dupuis",
	"Moulin", "Louis", "Deschamps", "Huet", "Vasseur", "Perez", "Boucher", "Fleury", "Royer", "Klein",
	"Jacquet", "Adam", "Paris", "Poirier", "Marty", "Aubry", "Guyot", "Carré", "Charles", "Renault",
	"Charpentier", "Ménard", "Maillard"
};

static const char *const streets[] = {
	"rue des Lilas", "rue des Roses", "rue des Tilleuls", "rue des Marronniers", "rue des Acacias",
	"rue des Peupliers", "rue des Cerisiers", "rue des Pommiers", "rue des Platanes", "rue des Chênes",
	"rue des Érables", "rue des Sapins", "rue des Saules", "rue des Violettes", "rue des Jonquilles",
	"rue des Iris", "rue des Jardins", "rue des Prés", "rue des Champs", "rue des Vignes", "rue des Moulins",
	"rue des Fontaines", "rue des Écoles", "rue des Remparts", "rue des Tanneurs", "rue des Tisserands",
	"rue des Potiers", "rue des Forgerons", "rue des Bouchers", "rue des Carmes", "rue des Alouettes",
	"rue des Hirondelles", "rue des Mésanges", "rue des Fauvettes", "rue du Moulin", "rue du Château",
	"rue du Pont", "rue du Port", "rue du Parc", "rue du Stade", "rue du Marché", "rue du Lavoir",
	"rue du Puits", "rue du Four", "rue du Verger", "rue du Bois", "rue du Lac", "rue du Ruisseau",
	"rue du Vallon", "rue du Coteau", "rue du Canal", "rue du Midi", "rue du Levant", "rue du Couchant",
	"rue du Commerce", "rue du Temple", "rue du Cloître", "rue de la Gare", "rue de la Mairie",
	"rue de la Poste", "rue de la Paix", "rue de la Liberté", "rue de la Fontaine", "rue de la Source",
	"rue de la Forêt", "rue de la Prairie", "rue de la Rivière", "rue de la Colline", "rue de la Chapelle",
	"rue de la Tour", "rue de la Forge", "rue de la Ferme", "rue de la Plage", "rue de la Vallée",
	"rue de la Croix", "rue Pasteur", "rue Molière", "rue Racine", "rue Voltaire", "rue Diderot",
	"rue Descartes", "rue Lavoisier", "rue Ampère", "rue Jules Verne", "rue Victor Hugo", "rue Émile Zola",
	"rue Balzac", "rue Lamartine", "rue Ronsard", "avenue des Tilleuls", "avenue des Pins",
	"avenue des Cèdres", "avenue de la Gare", "avenue de la Mer", "avenue du Parc", "avenue du Stade",
	"avenue Pasteur", "avenue Victor Hugo", "avenue Foch", "boulevard Voltaire", "boulevard de la Liberté",
	"boulevard du Midi", "boulevard des Alpes", "place du Marché", "place de la Mairie",
	"place des Tilleuls", "impasse des Lilas", "impasse du Moulin", "impasse des Roses", "allée des Chênes",
	"allée des Cyprès", "allée des Pins", "chemin des Vignes", "chemin des Prés", "chemin du Bois",
	"chemin de la Source", "chemin du Moulin", "quai du Port", "quai de la Marne"
};

static const char *const cities[] = {
	"Paris", "Marseille", "Lyon", "Toulouse", "Nice", "Nantes", "Montpellier", "Strasbourg", "Bordeaux",
	"Lille", "Rennes", "Reims", "Toulon", "Grenoble", "Dijon", "Angers", "Nîmes", "Villeurbanne", "Brest",
	"Limoges", "Tours", "Amiens", "Perpignan", "Metz", "Besançon", "Orléans", "Rouen", "Mulhouse", "Caen",
	"Nancy", "Argenteuil", "Montreuil", "Roubaix", "Tourcoing", "Nanterre", "Avignon", "Poitiers",
	"Versailles", "Pau", "Calais", "Antibes", "Béziers", "Colmar", "Bourges", "Mérignac", "Valence",
	"Quimper", "Troyes", "Lorient", "Niort", "Chambéry", "Beauvais", "Cholet", "Vannes", "Fréjus", "Laval",
	"Arles", "Annecy", "Bayonne", "Cannes", "Albi", "Angoulême", "Auxerre", "Belfort", "Blois", "Brive",
	"Cahors", "Carcassonne", "Castres", "Chartres", "Châteauroux", "Cherbourg", "Clermont", "Compiègne",
	"Dieppe", "Dole", "Douai", "Dunkerque", "Épinal", "Évreux", "Foix", "Gap", "Lens", "Libourne", "Lourdes",
	"Mâcon", "Martigues", "Melun", "Menton", "Millau", "Moulins", "Narbonne", "Nevers", "Orange",
	"Périgueux", "Roanne", "Rochefort", "Rodez", "Saumur", "Sedan", "Sens", "Soissons", "Tarbes",
	"Thionville", "Tulle", "Valenciennes", "Verdun", "Vichy", "Vienne", "Vierzon", "Genève", "Lausanne",
	"Bruxelles", "Namur", "Québec"
};

static const char *const legal_forms[] = {
	"SARL", "SAS", "SA", "SNC", "EURL", "Frères"
};

const EthFakeLocale eth_fake_fr = {
	.code = "fr",
	.first_names = ETH_FAKE_LIST(first_names),
	.last_names = ETH_FAKE_LIST(last_names),
	.streets = ETH_FAKE_LIST(streets),
	.cities = ETH_FAKE_LIST(cities),
	.legal_forms = ETH_FAKE_LIST(legal_forms),
	.conjunction = " et ",
	.number_first = true
};
