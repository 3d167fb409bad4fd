/*
 * fake_en.c
 *		Words for fakes: English.
 *
 * The source is UTF-8, and no word has a letter that is not in ISO 8859-1: fake.c
 * counts on it.  A word that is put in, taken out or moved changes fakes.
 */
#include "postgres.h"

#include "mask/fake.h"

static const char *const first_names[] = {
	"Alice", "Adam", "Abigail", "Aaron", "Amelia", "Albert", "Amy", "Alan", "Anna", "Andrew", "Audrey",
	"Arthur", "Barbara", "Benjamin", "Beth", "Brian", "Bridget", "Bruce", "Caroline", "Charles", "Catherine",
	"Christopher", "Charlotte", "Colin", "Clara", "Craig", "Daisy", "Daniel", "Deborah", "David", "Diana",
	"Dennis", "Dorothy", "Donald", "Edith", "Douglas", "Eleanor", "Edward", "Elizabeth", "Eric", "Ella",
	"Ethan", "Emily", "Evan", "Emma", "Felix", "Esther", "Francis", "Evelyn", "Frank", "Faith", "Fred",
	"Fiona", "Gareth", "Florence", "Gary", "Frances", "George", "Gemma", "Gilbert", "Georgia", "Gordon",
	"Grace", "Graham", "Hannah", "Gregory", "Harriet", "Harold", "Hazel", "Harry", "Heather", "Henry",
	"Helen", "Howard", "Holly", "Hugh", "Irene", "Ian", "Isabel", "Isaac", "Ivy", "Jack", "Jane", "Jacob",
	"Janet", "James", "Jean", "Jason", "Jessica", "Jeremy", "Joan", "John", "Josephine", "Jonathan",
	"Judith", "Joseph", "Julia", "Joshua", "Karen", "Keith", "Kate", "Kenneth", "Laura", "Kevin", "Lily",
	"Lawrence", "Linda", "Leonard", "Louise", "Lewis", "Lucy", "Luke", "Margaret", "Marcus", "Maria", "Mark",
	"Martha", "Martin", "Mary", "Matthew", "Molly", "Michael", "Nancy", "Nathan", "Nora", "Neil", "Olivia",
	"Nicholas", "Pamela", "Oliver", "Patricia", "Oscar", "Rachel", "Patrick", "Rebecca", "Paul", "Rose",
	"Peter", "Ruth", "Philip", "Sarah", "Ralph", "Sophie", "Richard", "Susan", "Robert", "Teresa", "Simon",
	"Victoria", "Stephen", "Wendy", "Thomas", "Violet", "Walter"
};

static const char *const last_names[] = {
	"Adams", "Allen", "Anderson", "Archer", "Armstrong", "Bailey", "Baker", "Barker", "Barnes", "Bell",
	"Bennett", "Bishop", "Black", "Booth", "Bradley", "Brooks", "Brown", "Burton", "Butler", "Campbell",
	"Carpenter", "Carter", "Chapman", "Clark", "Cole", "Collins", "Cook", "Cooper", "Cox", "Crawford",
	"Cross", "Davies", "Dawson", "Dean", "Dixon", "Douglas", "Edwards", "Elliott", "Ellis", "Evans",
	"Fisher", "Fletcher", "Ford", "Foster", "Fox", "Francis", "Fraser", "Freeman", "Gardner", "George",
	"Gibson", "Gordon", "Graham", "Grant", "Gray", "Green", "Griffiths", "Hall", "Hamilton", "Harper",
	"Harris", "Harrison", "Hart", "Harvey", "Hawkins", "Hill", "Holmes", "Howard", "Hudson", "Hughes",
	"Hunt", "Hunter", "Jackson", "James", "Jenkins", "Johnson", "Jones", "Jordan", "Kelly", "Kennedy",
	"King", "Knight", "Lane", "Lawson", "Lee", "Lewis", "Lloyd", "Marshall", "Martin", "Mason", "Matthews",
	"Miller", "Mills", "Mitchell", "Moore", "Morgan", "Morris", "Murphy", "Murray", "Nelson", "Newman",
	"Nichols", "Owen", "Palmer", "Parker", "Payne", "Pearson", "Perry", "Phillips", "Porter", "Powell",
	"Price", "Reed", "Reid", "Reynolds", "Richards", "Roberts", "Robinson", "Rogers", "Rose", "Ross",
	"Russell", "Scott", "Shaw", "Simpson", "Smith", "Spencer", "Stevens", "Stewart", "Stone", "Taylor",
	"Thomas", "Thompson", "Turner", "Walker", "Wallace", "Walsh", "Ward", "Watson", "Webb", "White",
	"Williams", "Wilson", "Wood", "Wright", "Young"
};

static const char *const streets[] = {
	"Oak Street", "Elm Road", "Maple Lane", "Cedar Avenue", "Chestnut Close", "Willow Drive", "Birch Way",
	"Pine Court", "Ash Terrace", "Beech Crescent", "Poplar Street", "Walnut Road", "Holly Lane",
	"Ivy Avenue", "Rose Close", "Lilac Drive", "Laurel Way", "Hazel Court", "Juniper Terrace",
	"Magnolia Crescent", "Church Street", "Chapel Road", "Abbey Lane", "Priory Avenue", "Castle Close",
	"Manor Drive", "Mill Way", "Bridge Court", "Market Terrace", "Station Crescent", "School Street",
	"College Road", "Garden Lane", "Orchard Avenue", "Meadow Close", "Field Drive", "Park Way",
	"Forest Court", "Grove Terrace", "Heath Crescent", "Hill Street", "Valley Road", "Spring Lane",
	"River Avenue", "Brook Close", "Lake Drive", "Pond Way", "Well Court", "Harbour Terrace",
	"Quay Crescent", "Shore Street", "Cliff Road", "Ferry Lane", "Canal Avenue", "Sunset Close",
	"Highland Drive", "Lowland Way", "North Court", "South Terrace", "East Crescent", "West Street",
	"Upper Road", "Lower Lane", "King Avenue", "Queen Close", "Prince Drive", "Duke Way", "Bishop Court",
	"Abbot Terrace", "Baker Crescent", "Cooper Street", "Potter Road", "Tanner Lane", "Weaver Avenue",
	"Fuller Close", "Smithy Drive", "Glover Way", "Farrier Court", "Tailor Terrace", "Mason Crescent",
	"Miller Street", "Shepherd Road", "Falcon Lane", "Eagle Avenue", "Swan Close", "Heron Drive",
	"Robin Way", "Lark Court", "Kingfisher Terrace", "Badger Crescent", "Fox Street", "Deer Road",
	"Otter Lane", "Amber Avenue", "Silver Close", "Copper Drive", "Crystal Way", "Granite Court",
	"Slate Terrace", "Sandstone Crescent", "Marble Street", "Clay Road", "Flint Lane", "Victoria Avenue",
	"Albert Close", "George Drive", "Windsor Way", "Cambridge Court", "Oxford Terrace", "Bristol Crescent",
	"Norfolk Street", "Suffolk Road"
};

static const char *const cities[] = {
	"London", "Birmingham", "Leeds", "Glasgow", "Sheffield", "Bradford", "Edinburgh", "Liverpool",
	"Manchester", "Bristol", "Cardiff", "Leicester", "Coventry", "Nottingham", "Belfast", "Newcastle",
	"Sunderland", "Brighton", "Hull", "Plymouth", "Derby", "Swansea", "Southampton", "Wolverhampton",
	"Portsmouth", "Northampton", "Luton", "Bolton", "Bournemouth", "Norwich", "Swindon", "Peterborough",
	"Oxford", "Cambridge", "York", "Gloucester", "Exeter", "Chester", "Bath", "Lincoln", "Durham",
	"Lancaster", "Carlisle", "Preston", "Warrington", "Reading", "Slough", "Ipswich", "Colchester",
	"Cheltenham", "Worcester", "Hereford", "Salisbury", "Winchester", "Canterbury", "Dover", "Hastings",
	"Truro", "Aberdeen", "Dundee", "Inverness", "Perth", "Stirling", "Dublin", "Cork", "Galway", "Limerick",
	"Waterford", "Boston", "Chicago", "Denver", "Dallas", "Houston", "Austin", "Phoenix", "Seattle",
	"Portland", "Sacramento", "Oakland", "Fresno", "Tucson", "Omaha", "Memphis", "Nashville", "Atlanta",
	"Miami", "Tampa", "Orlando", "Charlotte", "Raleigh", "Richmond", "Baltimore", "Philadelphia",
	"Pittsburgh", "Cleveland", "Columbus", "Cincinnati", "Detroit", "Milwaukee", "Minneapolis", "Toronto",
	"Ottawa", "Calgary", "Winnipeg", "Sydney", "Melbourne", "Brisbane", "Adelaide", "Hobart", "Auckland",
	"Wellington"
};

static const char *const legal_forms[] = {
	"Ltd", "Inc", "LLC", "Group", "Partners", "Services", "Trading", "Consulting"
};

const EthFakeLocale eth_fake_en = {
	.code = "en",
	.first_names = ETH_FAKE_LIST(first_names),
	.last_names = ETH_FAKE_LIST(last_names),
	.streets = ETH_FAKE_LIST(streets),
	.cities = ETH_FAKE_LIST(cities),
	.legal_forms = ETH_FAKE_LIST(legal_forms),
	.conjunction = " & ",
	.number_first = true
};
