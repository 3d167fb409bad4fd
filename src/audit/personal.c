/*
 * personal.c
 *		Does the name of a column say that it holds personal data?
 *
 * Names are taken apart into words: at "_" and other signs, and where a capital
 * letter begins one.  Digits at the end of a word and the "s" of a plural do not
 * count.  The terms below are looked for as whole words, written together or
 * apart, so "date_of_birth", "dateOfBirth" and "dateofbirth" are one, and
 * "emailing_list" is none.  Some words beside a term make it something about the
 * datum: "email_verified", "phone_type_id" are no addresses and numbers.
 *
 * The first kind that fits counts, so "ip_address" and "email_address" are no places.
 *
 * Terms are of English, German, French, Spanish, Italian, Portuguese, Dutch,
 * Polish, Swedish, Danish, Norwegian, Finnish, Czech, Turkish, Russian and
 * Ukrainian (as they are transcribed), as far as they are used for columns.  A
 * word that means other things at least as often ("name", "title", "location",
 * "nom", "race") is none of them.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "audit/check.h"

typedef struct Terms
{
	EthLook		look;
	const char *terms;			/* with a blank between */
} Terms;

static const Terms all_terms[] = {
	{ETH_LOOKS_NETWORK, "ip ip_address ip_addr ipaddress ip_adresse client_ip remote_ip remote_addr client_addr ipv mac_address mac_addr "
	"adresse_ip direccion_ip indirizzo_ip"},
	{ETH_LOOKS_EMAIL, "email e_mail email_id mail_address email_address mail mail_adresse courriel adresse_electronique correo "
	"correo_electronico posta_elettronica endereco_eletronico sahkoposti eposta e_posta poczta pochta"},
	{ETH_LOOKS_PHONE, "phone telephone phone_number phone_no mobile mobile_number cellphone cell_phone tel tel_no telefon "
		"telefonnummer rufnummer handy handynummer mobilnummer fax faxnummer fax_number telephone_mobile "
		"t\303\251l\303\251phone telefono tel\303\251fono movil m\303\263vil celular cellulare telefone telemovel telefoon telefoonnummer "
	"mobiel gsm msisdn whatsapp puhelin puhelinnumero mobilni cep_telefonu telefon_no nomer_telefona"},
	{ETH_LOOKS_NAME, "first_name last_name full_name given_name family_name middle_name maiden_name birth_name surname forename "
		"firstname lastname person_name customer_name contact_name patient_name employee_name user_full_name vorname "
		"nachname familienname geburtsname prenom pr\303\251nom nom_de_famille nom_famille nombre_completo apellido "
		"primer_apellido segundo_apellido cognome sobrenome nome_completo primeiro_nome ultimo_nome voornaam achternaam "
		"imie nazwisko fornamn efternamn fornavn etternavn efternavn etunimi sukunimi jmeno prijmeni soyad soyadi "
	"imya familiya otchestvo fio prizvyshche"},
	{ETH_LOOKS_BIRTH, "birth birthday birthdate birth_date date_of_birth born dob d_o_b bday year_of_birth birth_year "
		"geburtsdatum geburtstag geb_datum gebdat geboren geburtsjahr date_de_naissance date_naissance naissance "
		"fecha_nacimiento fecha_de_nacimiento nacimiento data_di_nascita data_nascita nascita data_nascimento "
		"data_de_nascimento nascimento geboortedatum data_urodzenia urodziny fodelsedatum f\303\266delsedatum fodselsdato "
	"f\303\270dselsdato syntymaaika datum_narozeni dogum_tarihi data_rozhdeniya den_rozhdeniya"},
	{ETH_LOOKS_ADDRESS, "address addr street street_address home_address postal_address mailing_address billing_address "
		"shipping_address delivery_address address_line house_number zip zip_code zipcode postcode post_code postal_code "
		"anschrift adresse addresses strasse stra\303\237e hausnummer plz postleitzahl wohnort rue code_postal domicile "
		"direccion direcci\303\263n domicilio calle codigo_postal indirizzo endereco endere\303\247o rua morada cep "
		"adres straat huisnummer woonplaats ulica kod_pocztowy gatuadress gatu postnummer postinumero osoite "
	"adresa psc posta_kodu adres_satiri ulitsa pochtovyy_indeks"},
	{ETH_LOOKS_POSITION, "latitude longitude lat lon lng geo_location geolocation geo_point gps gps_position "
	"breitengrad laengengrad l\303\244ngengrad latitud longitud latitudine longitudine"},
	{ETH_LOOKS_IDENTITY, "ssn social_security social_security_number national_id national_insurance nino tax_id tax_number tin "
		"passport passport_number passport_no id_card identity_card identity_number driver_license driving_licence "
		"driving_license licence_plate license_plate reisepass reisepassnummer passnummer ausweis ausweisnummer personalausweis "
		"personalausweisnummer steuer_id steuernummer steueridentifikationsnummer sozialversicherungsnummer svnr sv_nummer "
		"fuehrerschein f\303\274hrerschein kennzeichen passeport num_secu numero_securite_sociale carte_identite "
		"permis_de_conduire pasaporte dni nif nie curp passaporto codice_fiscale carta_identita passaporte cpf "
		"contribuinte rg bsn burgerservicenummer paspoort pesel dowod dowod_osobisty paszport personnummer pass_nummer "
		"cpr cpr_nummer fodselsnummer f\303\270dselsnummer henkilotunnus hetu rodne_cislo tc_kimlik kimlik_no pasaport "
	"snils nomer_pasporta pasport aadhaar"},
	{ETH_LOOKS_GENDER, "gender sex geschlecht sexe sexo sesso genero geslacht plec kjonn sukupuoli cinsiyet pohlavi salutation anrede "
	"civilite"},
	{ETH_LOOKS_ACCOUNT, "iban bank_account bank_account_number account_holder kontonummer konto_nr bankverbindung kontoinhaber "
		"compte_bancaire numero_compte rib cuenta_bancaria clabe conto_corrente conta_bancaria rekeningnummer "
	"numer_konta nr_konta bankkonto tilinumero cislo_uctu hesap_no nomer_scheta"},
	{ETH_LOOKS_CARD, "credit_card credit_card_number card_number card_no cc_number ccnum cvv cvc kreditkarte kreditkartennummer "
		"kartennummer carte_bancaire numero_carte carte_credit tarjeta numero_tarjeta carta_di_credito numero_carta "
	"cartao_credito numero_cartao creditcard creditcardnummer numer_karty kart_no kortnummer"},
	{ETH_LOOKS_INCOME, "salary income wage wages credit_score gehalt lohn einkommen bonitaet bonit\303\244t schufa salaire revenu "
	"salario sueldo ingresos stipendio reddito rendimento salaris inkomen pensja wynagrodzenie inkomst palkka maas zarplata"},
	{ETH_LOOKS_DEVICE, "device_id imei imsi idfa gaid advertising_id cookie cookie_id user_agent useragent visitor_id"},
	{ETH_LOOKS_HEALTH, "diagnosis diagnose disease illness allergy allergies medication blood_type blood_group disability "
		"medical_history health_status pregnancy pregnant icd icd_code krankheit befund diagnosen allergie medikament "
		"blutgruppe behinderung schwangerschaft krankenkasse maladie diagnostic groupe_sanguin handicap enfermedad "
	"diagnostico alergia grupo_sanguineo discapacidad malattia diagnosi gruppo_sanguigno doenca ziekte diagnoza choroba sjukdom"},
	{ETH_LOOKS_BIOMETRIC, "fingerprint fingerabdruck face_template faceprint biometric biometrics iris_scan voiceprint empreinte_digitale "
	"huella_dactilar impronta_digitale vingerafdruk"},
	{ETH_LOOKS_ETHNICITY, "ethnicity ethnic_group ethnic_origin ethnie ethnische_herkunft etnia origen_etnico origine_ethnique etniciteit"},
	{ETH_LOOKS_RELIGION, "religion religious_belief konfession kirchensteuer confession religione religiao godsdienst wyznanie uskonto "},
	{ETH_LOOKS_POLITICS, "political_opinion political_party party_membership parteimitglied parteizugehoerigkeit opinion_politique "
	"afiliacion_politica partito_politico"},
	{ETH_LOOKS_UNION, "trade_union union_member union_membership gewerkschaft gewerkschaftsmitglied syndicat sindicato sindacato vakbond"},
	{ETH_LOOKS_SEX_LIFE, "sexual_orientation sexuelle_orientierung orientation_sexuelle orientacion_sexual orientamento_sessuale"},
	{ETH_LOOKS_CRIMINAL, "criminal_record conviction convictions vorstrafe vorstrafen fuehrungszeugnis casier_judiciaire "
	"antecedentes_penales casellario"},
};

/* What a column is about when it begins or ends so. */
static const char *const before_words[] = {"is", "has", "had", "can", "allow", "allows", "count", "num", "ist", "hat"};
static const char *const after_words[] = {
	"id", "type", "typ", "kind", "count", "status", "at", "on", "flag", "verified", "confirmed", "valid", "format",
	"template", "length", "sent", "enabled", "allowed", "optin", "out", "in", "ok", "ref", "fk", "required", "changed",
	"subject", "body", "label", "version", "mask", "rate", "amount", "server", "host", "port", "domain",
};

/* Much longer than a name can be: a name gets a "_" for each capital letter. */
#define WORDS_BYTES (4 * NAMEDATALEN)

/* "_date_of_birth_", with or without digits and "s" at the end of words */
static void
take_apart(const char *name, bool singular, char *out)
{
	char	   *at = out;
	const char *c;

	*at++ = '_';
	for (c = name; *c != '\0' && at - out < WORDS_BYTES - 4; c++)
	{
		bool		upper = *c >= 'A' && *c <= 'Z';
		bool		small = (*c >= 'a' && *c <= 'z') || IS_HIGHBIT_SET(*c);
		bool		digit = *c >= '0' && *c <= '9';

		if (upper && c > name && ((c[-1] >= 'a' && c[-1] <= 'z') || IS_HIGHBIT_SET(c[-1])) && at[-1] != '_')
			*at++ = '_';
		if (upper || small || digit)
			*at++ = upper ? *c - 'A' + 'a' : *c;
		if ((!upper && !small && !digit) || c[1] == '\0')
		{
			/* the end of a word, or of all */
			while (at[-1] >= '0' && at[-1] <= '9')
				at--;
			if (singular && at - out > 4 && at[-1] == 's' && at[-2] != 's' && at[-2] != '_')
				at--;
			if (at[-1] != '_')
				*at++ = '_';
		}
	}
	*at = '\0';
}

static void
without_signs(const char *text, size_t len, char *out)
{
	size_t		i;

	for (i = 0; i < len; i++)
		if (text[i] != '_')
			*out++ = text[i];
	*out = '\0';
}

/* Is the word the first of words, or the last one? */
static bool
begins_with(const char *words, const char *word)
{
	size_t		len = strlen(word);

	return strncmp(words + 1, word, len) == 0 && words[len + 1] == '_';
}

static bool
ends_with(const char *words, const char *word)
{
	size_t		len = strlen(word);
	size_t		all = strlen(words);

	return all > len + 2 && words[all - 1] == '_' && words[all - len - 2] == '_' &&
		strncmp(words + all - len - 1, word, len) == 0;
}

/* Do words beside the term say that the column is about something else? */
static bool
is_about_it(const char *words, const char *place, size_t len)
{
	size_t		i;

	if (place > words)
		for (i = 0; i < lengthof(before_words); i++)
			if (begins_with(words, before_words[i]))
				return true;
	if (place[len - 1] != '\0' && place[len] != '\0')
		for (i = 0; i < lengthof(after_words); i++)
			if (ends_with(words, after_words[i]))
				return true;
	return false;
}

/* Where the term stands as whole words, at the "_" before it; NULL: nowhere. */
static const char *
find_words(const char *words, const char *term, size_t len)
{
	const char *place;

	for (place = words; place != NULL && place[0] == '_' && place[1] != '\0'; place = strchr(place + 1, '_'))
	{
		if (strncmp(place + 1, term, len) == 0 && place[len + 1] == '_')
			return place;
	}
	return NULL;
}

static bool
has_term(const char *words, const char *together, const char *term, size_t len)
{
	const char *place = find_words(words, term, len);

	if (place == NULL && memchr(term, '_', len) != NULL)
	{
		char		joined[NAMEDATALEN * 2];

		without_signs(term, len, joined);
		len = strlen(joined);
		if (strcmp(together, joined) == 0)
			return true;
		place = find_words(words, joined, len);
	}
	return place != NULL && !is_about_it(words, place, len + 2);
}

static EthLook
look_of_words(const char *words)
{
	char		together[WORDS_BYTES];
	size_t		i;

	without_signs(words, strlen(words), together);
	for (i = 0; i < lengthof(all_terms); i++)
	{
		const char *term = all_terms[i].terms;

		while (*term != '\0')
		{
			size_t		len = strcspn(term, " ");

			if (has_term(words, together, term, len))
				return all_terms[i].look;
			term += len;
			term += strspn(term, " ");
		}
	}
	return ETH_LOOKS_NOTHING;
}

EthLook
eth_check_look_of_name(const char *name)
{
	char	   *utf8 = pg_server_to_any(name, strlen(name), PG_UTF8);
	char		words[WORDS_BYTES] = {0};
	EthLook		look;

	/* a conversion may make it longer, and only the beginning counts then */
	if (strlen(utf8) >= (size_t) 2 * NAMEDATALEN)
		return ETH_LOOKS_NOTHING;
	take_apart(utf8, false, words);
	look = look_of_words(words);
	if (look != ETH_LOOKS_NOTHING)
		return look;
	take_apart(utf8, true, words);
	return look_of_words(words);
}
