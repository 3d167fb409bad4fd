/*
 * fake_de.c
 *		Words for fakes: German.
 *
 * The source is UTF-8, and no word has a letter that is not in ISO 8859-1: fake.c
 * counts on it.  A word that is put in, taken out or moved changes fakes.
 */
#include "postgres.h"

#include "mask/fake.h"

static const char *const first_names[] = {
	"Anna", "Alexander", "Andrea", "Andreas", "Anja", "Anton", "Antonia", "Armin", "Astrid", "August",
	"Barbara", "Benedikt", "Beate", "Benjamin", "Bettina", "Bernd", "Birgit", "Bernhard", "Brigitte",
	"Björn", "Carla", "Bruno", "Charlotte", "Carsten", "Christa", "Christian", "Christina", "Christoph",
	"Clara", "Clemens", "Claudia", "Daniel", "Dagmar", "David", "Doris", "Dieter", "Dorothea", "Dietmar",
	"Edith", "Dirk", "Elena", "Dominik", "Elisabeth", "Eberhard", "Elke", "Eckhard", "Emilia", "Edgar",
	"Emma", "Emil", "Erika", "Erich", "Esther", "Ernst", "Eva", "Erwin", "Franziska", "Fabian", "Frieda",
	"Felix", "Gabriele", "Florian", "Gerda", "Frank", "Gisela", "Franz", "Greta", "Friedrich", "Hanna",
	"Fritz", "Hannelore", "Georg", "Heike", "Gerd", "Helene", "Gerhard", "Helga", "Gregor", "Hilde",
	"Gustav", "Ida", "Günter", "Ilse", "Hans", "Inge", "Harald", "Ingrid", "Hartmut", "Irene", "Heinrich",
	"Irmgard", "Heinz", "Jana", "Helmut", "Johanna", "Herbert", "Julia", "Hermann", "Jutta", "Holger",
	"Karin", "Horst", "Karla", "Hubert", "Katharina", "Ingo", "Katja", "Jakob", "Kerstin", "Jan", "Klara",
	"Jens", "Lena", "Joachim", "Leonie", "Jochen", "Lieselotte", "Johannes", "Lina", "Jonas", "Luise",
	"Jörg", "Magdalena", "Josef", "Margarete", "Julian", "Maria", "Jürgen", "Marie", "Kai", "Marlene",
	"Karl", "Martha", "Kaspar", "Martina", "Klaus", "Mathilde", "Konrad", "Mia", "Kurt", "Monika", "Lars",
	"Nadine", "Leon", "Nina", "Lorenz", "Paula", "Lothar", "Petra", "Ludwig", "Renate", "Lukas", "Rosa",
	"Manfred", "Ruth", "Markus", "Sabine", "Martin", "Sabrina", "Matthias", "Sandra", "Max", "Sigrid",
	"Michael", "Silke", "Moritz", "Sofia", "Norbert", "Sonja", "Oskar", "Stefanie", "Otto", "Susanne",
	"Patrick", "Sybille", "Paul", "Tanja", "Peter", "Theresa", "Philipp", "Ulrike", "Rainer", "Ursula",
	"Ralf", "Ute", "Reinhard", "Vera", "Robert", "Verena", "Roland", "Waltraud", "Rolf", "Rudolf",
	"Sebastian", "Siegfried", "Simon", "Stefan", "Theo", "Thomas", "Tobias", "Torsten", "Ulrich", "Uwe",
	"Volker", "Walter", "Werner", "Wilhelm", "Wolfgang"
};

static const char *const last_names[] = {
	"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann",
	"Schäfer", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann", "Schwarz", "Zimmermann",
	"Braun", "Krüger", "Hofmann", "Hartmann", "Lange", "Schmitt", "Werner", "Schmitz", "Krause", "Meier",
	"Lehmann", "Schmid", "Schulze", "Maier", "Köhler", "Herrmann", "König", "Walter", "Mayer", "Huber",
	"Kaiser", "Fuchs", "Peters", "Lang", "Scholz", "Möller", "Weiß", "Jung", "Hahn", "Schubert", "Vogel",
	"Friedrich", "Keller", "Günther", "Frank", "Berger", "Winkler", "Roth", "Beck", "Lorenz", "Baumann",
	"Franke", "Albrecht", "Schuster", "Simon", "Ludwig", "Böhm", "Winter", "Kraus", "Martin", "Schumacher",
	"Krämer", "Vogt", "Stein", "Jäger", "Otto", "Sommer", "Groß", "Seidel", "Heinrich", "Brandt", "Haas",
	"Schreiber", "Graf", "Schulte", "Dietrich", "Ziegler", "Kuhn", "Kühn", "Pohl", "Engel", "Horn", "Busch",
	"Bergmann", "Thomas", "Voigt", "Sauer", "Arnold", "Wolff", "Pfeiffer", "Ernst", "Lindner", "Hübner",
	"Kramer", "Franz", "Beyer", "Wenzel", "Barth", "Jansen", "Peter", "Hansen", "Kern", "Seifert", "Nowak",
	"Riedel", "Paul", "Ulrich", "Langer", "Voß", "Götz", "Bock", "Böttcher", "Ritter", "Kunz", "Lutz",
	"Mohr", "Rau", "Schilling", "Thiel", "Urban"
};

static const char *const streets[] = {
	"Lindenstraße", "Eichenweg", "Buchenallee", "Birkengasse", "Ahornring", "Kastanienplatz", "Tannenstraße",
	"Fichtenstraße", "Kiefernweg", "Ulmenallee", "Erlengasse", "Weidenring", "Eschenplatz", "Pappelstraße",
	"Holunderstraße", "Fliederweg", "Rosenallee", "Tulpengasse", "Nelkenring", "Veilchenplatz",
	"Gartenstraße", "Wiesenstraße", "Feldweg", "Waldallee", "Berggasse", "Talring", "Bachplatz",
	"Flussstraße", "Seestraße", "Teichweg", "Brunnenallee", "Quellengasse", "Mühlenring", "Schmiedeplatz",
	"Kirchstraße", "Klosterstraße", "Pfarrweg", "Schulallee", "Rathausgasse", "Marktring", "Postplatz",
	"Bahnhofstraße", "Hafenstraße", "Brückenweg", "Uferallee", "Dammgasse", "Turmring", "Torplatz",
	"Schlossstraße", "Burgstraße", "Hauptweg", "Ringallee", "Nordgasse", "Südring", "Ostplatz", "Weststraße",
	"Oberstraße", "Unterweg", "Neueallee", "Sonnengasse", "Sternring", "Mondplatz", "Morgenstraße",
	"Abendstraße", "Winterweg", "Sommerallee", "Fasanengasse", "Falkenring", "Adlerplatz", "Amselstraße",
	"Drosselstraße", "Finkenweg", "Meisenallee", "Lerchengasse", "Schwalbenring", "Storchenplatz",
	"Reiherstraße", "Möwenstraße", "Eulenweg", "Hasenallee", "Rehgasse", "Hirschring", "Fuchsplatz",
	"Dachsstraße", "Igelstraße", "Bienenweg", "Goetheallee", "Schillergasse", "Lessingring", "Heineplatz",
	"Mozartstraße", "Bachstraße", "Beethovenweg", "Schubertallee", "Händelgasse", "Haydnring", "Dürerplatz",
	"Holbeinstraße", "Keplerstraße", "Gaußweg", "Humboldtallee", "Grimmgasse", "Lutherring", "Kantplatz",
	"Hegelstraße", "Gärtnerstraße", "Bäckerweg", "Müllerallee", "Webergasse", "Schäferring", "Töpferplatz",
	"Fischerstraße", "Jägerstraße"
};

static const char *const cities[] = {
	"Berlin", "Hamburg", "München", "Köln", "Frankfurt", "Stuttgart", "Düsseldorf", "Leipzig", "Dortmund",
	"Essen", "Bremen", "Dresden", "Hannover", "Nürnberg", "Duisburg", "Bochum", "Wuppertal", "Bielefeld",
	"Bonn", "Münster", "Mannheim", "Karlsruhe", "Augsburg", "Wiesbaden", "Gelsenkirchen", "Braunschweig",
	"Aachen", "Kiel", "Chemnitz", "Magdeburg", "Freiburg", "Krefeld", "Halle", "Mainz", "Erfurt", "Lübeck",
	"Oberhausen", "Rostock", "Kassel", "Hagen", "Potsdam", "Saarbrücken", "Hamm", "Ludwigshafen",
	"Oldenburg", "Mülheim", "Osnabrück", "Leverkusen", "Darmstadt", "Heidelberg", "Solingen", "Regensburg",
	"Herne", "Paderborn", "Neuss", "Ingolstadt", "Offenbach", "Fürth", "Ulm", "Heilbronn", "Pforzheim",
	"Würzburg", "Wolfsburg", "Göttingen", "Bottrop", "Reutlingen", "Koblenz", "Erlangen", "Bremerhaven",
	"Remscheid", "Bergisch Gladbach", "Trier", "Recklinghausen", "Jena", "Moers", "Salzgitter", "Siegen",
	"Gütersloh", "Hildesheim", "Hanau", "Kaiserslautern", "Cottbus", "Schwerin", "Witten", "Esslingen",
	"Ludwigsburg", "Gießen", "Düren", "Tübingen", "Flensburg", "Villingen", "Konstanz", "Worms", "Marburg",
	"Lüneburg", "Bayreuth", "Bamberg", "Passau", "Landshut", "Rosenheim", "Wien", "Graz", "Linz", "Salzburg",
	"Innsbruck", "Klagenfurt", "Villach", "Wels", "Dornbirn", "Zürich", "Basel", "Bern", "Luzern",
	"Winterthur"
};

static const char *const legal_forms[] = {
	"GmbH", "AG", "KG", "OHG", "GmbH & Co. KG", "eG", "UG"
};

const EthFakeLocale eth_fake_de = {
	.code = "de",
	.first_names = ETH_FAKE_LIST(first_names),
	.last_names = ETH_FAKE_LIST(last_names),
	.streets = ETH_FAKE_LIST(streets),
	.cities = ETH_FAKE_LIST(cities),
	.legal_forms = ETH_FAKE_LIST(legal_forms),
	.conjunction = " & ",
	.number_first = false
};
