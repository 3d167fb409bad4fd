-- The CRM database of the demo: 20 000 customers with their orders, profiles and
-- messages, as a shop in Europe might have them.  Every value is computed from the
-- row's number by arithmetic on md5, so every run and every PostgreSQL gives the same
-- rows.  Mail domains end in .test and no address or number is meant to exist.

SET client_min_messages = warning;
SET timezone = 'UTC';

CREATE ROLE crm_owner NOLOGIN;          -- owns the tables, as a migration tool would
CREATE ROLE webshop LOGIN;              -- the shop: registers customers, takes orders, asks for consent
CREATE ROLE campaigns LOGIN;            -- the mailing tool of the marketing department
CREATE ROLE finance LOGIN;              -- invoices
CREATE ROLE analyst LOGIN;              -- reports, no purpose of his own

CREATE SCHEMA crm AUTHORIZATION crm_owner;
GRANT USAGE ON SCHEMA crm TO webshop, campaigns, finance, analyst;
SET ROLE crm_owner;

CREATE TABLE crm.customer (
    id         bigint PRIMARY KEY,
    name       text NOT NULL,
    email      text,
    phone      text,
    birth_date date,
    country    text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE crm.orders (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES crm.customer (id),
    ordered_at  timestamptz NOT NULL,
    item        text NOT NULL,
    amount      numeric(10,2) NOT NULL,
    currency    text NOT NULL,
    status      text NOT NULL
);
CREATE TABLE crm.profile (
    customer_id    bigint PRIMARY KEY REFERENCES crm.customer (id),
    segment        text NOT NULL,
    language       text NOT NULL,
    interests      text[] NOT NULL,
    newsletter     text NOT NULL,
    lifetime_value numeric(10,2) NOT NULL
);
CREATE TABLE crm.message (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES crm.customer (id),
    sent_at     timestamptz NOT NULL,
    direction   text NOT NULL,          -- in: the customer wrote, out: the shop did
    body        text NOT NULL
);
RESET ROLE;

-- pick(seed, salt, n): a number from 0 to n - 1 that looks random and never changes
CREATE FUNCTION pg_temp.pick(seed bigint, salt text, n int) RETURNS int
LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT ((('x' || pg_catalog.left(pg_catalog.md5(salt || ':' || seed::text), 8))::bit(32)::bigint) % n)::int $$;

-- ascii(name): how somebody spells the name in a mail address
CREATE FUNCTION pg_temp.ascii(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
AS $$
SELECT pg_catalog.translate(
         replace(replace(replace(replace(replace(lower(name), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'), 'ø', 'oe'),
         'àáâãåąçćèéêëęìíîïłñńòóôõśùúûýźżšž ''ÄÖÜØÀÁÂÃÅĄÇĆÈÉÊËĘÌÍÎÏŁÑŃÒÓÔÕŚÙÚÛÝŹŻŠŽ',
         'aaaaaacceeeeeiiiilnnoooosuuuyzzsz')
$$;

CREATE TEMP TABLE country (
    n int, code text, share int, language text, currency text, dial text, women text[], men text[], surnames text[], domains text[]
);
INSERT INTO country VALUES
(1, 'DE', 30, 'de', 'EUR', '+49',
 '{Anna,Lena,Sabine,Katharina,Julia,Petra,Monika,Claudia,Heike,Mareike,Franziska,Ursula,Birgit,Leonie,Johanna,Silke,Emilia,Nadine}',
 '{Thomas,Michael,Jürgen,Stefan,Lukas,Andreas,Klaus,Felix,Jonas,Matthias,Uwe,Holger,Maximilian,Tobias,Rainer,Sören,Niklas,Dieter}',
 '{Müller,Schmidt,Schneider,Fischer,Weber,Wagner,Becker,Schulz,Hoffmann,Schäfer,Koch,Bauer,Richter,Klein,Wolf,Neumann,Schwarz,Zimmermann,Krüger,Hartmann,Lange,Krause,Lehmann,Köhler,Walter,König,Huber,Fuchs,Vogel,Jung,Hahn,Vogt,Brandt,Lorenz,Voß,Seidel}',
 '{webpost.test,mailbox-nord.test,rheinmail.test,kabelnetz.test}'),
(2, 'FR', 16, 'fr', 'EUR', '+33',
 '{Camille,Élodie,Chloé,Manon,Nathalie,Sylvie,Isabelle,Léa,Céline,Sandrine,Aurélie,Inès,Margaux,Brigitte,Zoé,Amélie}',
 '{Julien,Nicolas,Pierre,Antoine,Théo,François,Guillaume,Laurent,Olivier,Hugo,Mathieu,Stéphane,Rémi,Benoît,Yanis,Jérôme}',
 '{Martin,Bernard,Dubois,Thomas,Robert,Petit,Durand,Leroy,Moreau,Lefèvre,Garcia,Roux,Fournier,Girard,Bonnet,Lambert,Fontaine,Rousseau,Faure,Mercier,Blanc,Guérin,Boyer,Chevalier,Perrin,Gauthier}',
 '{laposte-libre.test,courriel.test,orangerie.test}'),
(3, 'ES', 11, 'es', 'EUR', '+34',
 '{María,Carmen,Lucía,Ana,Laura,Marta,Paula,Elena,Cristina,Sofía,Pilar,Irene,Nuria,Rocío}',
 '{Antonio,Javier,Manuel,Carlos,Alejandro,Pablo,Sergio,Álvaro,Miguel,Diego,Raúl,Íñigo,Jorge,Iván}',
 '{García,Rodríguez,González,Fernández,López,Martínez,Sánchez,Pérez,Gómez,Jiménez,Ruiz,Hernández,Díaz,Moreno,Muñoz,Álvarez,Romero,Gutiérrez,Navarro,Torres,Domínguez,Vázquez,Ramos,Ortega}',
 '{correolibre.test,buzonia.test,telefonia-mail.test}'),
(4, 'IT', 10, 'it', 'EUR', '+39',
 '{Giulia,Francesca,Chiara,Sara,Martina,Valentina,Alessia,Elisa,Paola,Federica,Silvia,Ilaria,Beatrice,Lucia}',
 '{Marco,Andrea,Francesco,Luca,Alessandro,Matteo,Davide,Giuseppe,Lorenzo,Simone,Paolo,Roberto,Gabriele,Nicolò}',
 '{Rossi,Russo,Ferrari,Esposito,Bianchi,Romano,Colombo,Ricci,Marino,Greco,Bruno,Gallo,Conti,De Luca,Mancini,Costa,Giordano,Rizzo,Lombardi,Moretti,Barbieri,Fontana,Santoro,Caruso}',
 '{posta-facile.test,liberamail.test}'),
(5, 'PL', 9, 'pl', 'PLN', '+48',
 '{Katarzyna,Małgorzata,Agnieszka,Zuzanna,Joanna,Ewa,Magdalena,Aleksandra,Barbara,Karolina,Natalia,Weronika}',
 '{Piotr,Krzysztof,Andrzej,Tomasz,Paweł,Michał,Jakub,Łukasz,Marcin,Grzegorz,Wojciech,Rafał}',
 '{Nowak,Wójcik,Kowalczyk,Woźniak,Mazur,Krawczyk,Zając,Król,Wieczorek,Wróbel,Stępień,Pawlak,Górka,Sikora,Baran,Duda,Szewczyk,Pietrzak,Walczak,Bąk}',
 '{pocztownia.test,skrzynka.test}'),
(6, 'NL', 8, 'nl', 'EUR', '+31',
 '{Emma,Sanne,Lotte,Anouk,Femke,Marieke,Ingrid,Esther,Fleur,Saskia,Roos,Noor}',
 '{Daan,Jeroen,Bram,Sander,Pieter,Thijs,Maarten,Joost,Ruben,Wouter,Koen,Sjoerd}',
 '{de Jong,Jansen,de Vries,van den Berg,Bakker,van Dijk,Visser,Smit,Meijer,de Boer,Mulder,Bos,Peters,Hendriks,van Leeuwen,Dekker,Brouwer,Dijkstra,Koster,Prins}',
 '{postduif.test,kpnweb.test}'),
(7, 'SE', 6, 'sv', 'SEK', '+46',
 '{Astrid,Elsa,Maja,Karin,Ebba,Linnéa,Annika,Birgitta,Saga,Åsa,Malin,Ingrid}',
 '{Erik,Lars,Oskar,Gustav,Björn,Nils,Magnus,Håkan,Anders,Elias,Viktor,Göran}',
 '{Andersson,Johansson,Karlsson,Nilsson,Eriksson,Larsson,Olsson,Persson,Svensson,Gustafsson,Lindberg,Lindström,Bergström,Sandberg,Forsberg,Åberg,Nyström,Öberg}',
 '{brevkorgen.test,nordpost.test}'),
(8, 'GB', 7, 'en', 'GBP', '+44',
 '{Olivia,Charlotte,Emily,Grace,Sophie,Hannah,Priya,Amelia,Fiona,Rachel,Megan,Zainab}',
 '{James,Oliver,Harry,George,William,Callum,Rajesh,Daniel,Samuel,Gareth,Mohammed,Ewan}',
 '{Smith,Jones,Taylor,Brown,Williams,Wilson,Davies,Patel,Evans,Thompson,Walker,Wright,Robinson,Khan,Clarke,Hughes,Green,O''Brien,Campbell,Murray}',
 '{royalpost.test,inboxly.test}'),
(9, 'IE', 3, 'en', 'EUR', '+353',
 '{Aoife,Niamh,Ciara,Sinéad,Róisín,Orla,Gráinne,Siobhán}',
 '{Conor,Seán,Cian,Pádraig,Oisín,Darragh,Eoin,Fionn}',
 '{Murphy,Kelly,O''Sullivan,Walsh,Byrne,Ryan,O''Connor,Doyle,McCarthy,Gallagher,Doherty,Kennedy}',
 '{eirpost.test,inboxly.test}');

-- a hundred places, shared out as the countries' customers are
CREATE TEMP TABLE place AS
SELECT row_number() OVER (ORDER BY c.n, s) - 1 AS slot, c.*
  FROM country c, generate_series(1, c.share) s;

CREATE TEMP TABLE person AS
SELECT i AS id,
       CASE WHEN pg_temp.pick(i, 'sex', 2) = 0
            THEN p.women[1 + pg_temp.pick(i, 'first', cardinality(p.women))]
            ELSE p.men[1 + pg_temp.pick(i, 'first', cardinality(p.men))] END AS first_name,
       p.surnames[1 + least(pg_temp.pick(i, 'last', cardinality(p.surnames)),
                            pg_temp.pick(i, 'last2', cardinality(p.surnames) + 6))] AS surname,
       p.domains[1 + least(pg_temp.pick(i, 'domain', cardinality(p.domains)),
                           pg_temp.pick(i, 'domain2', cardinality(p.domains) + 2))] AS domain,
       p.code AS country, p.language, p.currency, p.dial,
       -- 16 to 90 years old, most between 25 and 60
       date '2009-06-30' - (pg_temp.pick(i, 'age', 9500) + pg_temp.pick(i, 'age2', 9500) + pg_temp.pick(i, 'age3', 8000)) AS birth_date,
       -- more customers every year
       timestamptz '2026-02-27 22:00+00'
         - make_interval(days => (2600 * (pg_temp.pick(i, 'since', 1000) / 1000.0) ^ 1.6)::int,
                         hours => pg_temp.pick(i, 'hour', 15), mins => pg_temp.pick(i, 'minute', 60),
                         secs => pg_temp.pick(i, 'second', 60)) AS created_at
  FROM generate_series(1, 20000) i
  JOIN place p ON p.slot = pg_temp.pick(i, 'country', 100);

INSERT INTO crm.customer
SELECT id, first_name || ' ' || surname,
       -- of two persons who would have the same address, the later one adds a number
       CASE WHEN id <= 100 OR pg_temp.pick(id, 'no mail', 50) > 0
            THEN address || CASE WHEN same > 1 THEN (same + pg_temp.pick(id, 'suffix', 3) * 100)::text ELSE '' END || '@' || domain END,
       CASE WHEN id <= 100 OR pg_temp.pick(id, 'no phone', 16) > 0
            THEN dial || CASE country
                 WHEN 'DE' THEN (ARRAY['151', '160', '171', '176'])[1 + pg_temp.pick(id, 'net', 4)] || lpad(pg_temp.pick(id, 'phone', 10000000)::text, 8, '5')
                 WHEN 'FR' THEN '63998' || lpad(pg_temp.pick(id, 'phone', 10000)::text, 4, '0')
                 WHEN 'ES' THEN (600000000 + pg_temp.pick(id, 'phone', 99999999))::text
                 WHEN 'IT' THEN '3' || (20 + pg_temp.pick(id, 'net', 70))::text || lpad(pg_temp.pick(id, 'phone', 10000000)::text, 7, '0')
                 WHEN 'PL' THEN (500000000 + pg_temp.pick(id, 'phone', 99999999))::text
                 WHEN 'NL' THEN '6' || (10000000 + pg_temp.pick(id, 'phone', 40000000))::text
                 WHEN 'SE' THEN '70' || (1740600 + pg_temp.pick(id, 'phone', 100000))::text
                 WHEN 'GB' THEN '7700900' || lpad(pg_temp.pick(id, 'phone', 1000)::text, 3, '0')
                 ELSE '8' || (50000000 + pg_temp.pick(id, 'phone', 9999999))::text END END,
       birth_date, country, created_at
  FROM (SELECT p.*, a.address,
               row_number() OVER (PARTITION BY a.address, p.domain ORDER BY p.id) AS same
          FROM person p
         CROSS JOIN LATERAL (SELECT pg_temp.ascii(p.first_name) AS f, pg_temp.ascii(p.surname) AS s) n
         CROSS JOIN LATERAL (SELECT CASE pg_temp.pick(p.id, 'style', 8)
                WHEN 0 THEN left(n.f, 1) || '.' || n.s
                WHEN 1 THEN n.f || n.s
                WHEN 2 THEN n.f || '.' || n.s || to_char(p.birth_date, 'YY')
                WHEN 3 THEN n.s || '.' || n.f
                WHEN 4 THEN n.f || '_' || n.s
                ELSE n.f || '.' || n.s END AS address) a) q
 ORDER BY id;

CREATE TEMP TABLE item (n int, name text, price numeric);
INSERT INTO item VALUES
(0, 'Espresso beans, 1 kg', 21.90), (1, 'Moka pot, 6 cups', 34.50), (2, 'Paper filters, 200', 5.90),
(3, 'Burr grinder', 129.00), (4, 'Milk jug, 350 ml', 18.40), (5, 'Earl Grey, loose, 250 g', 12.75),
(6, 'Green tea, Sencha, 100 g', 9.80), (7, 'Cast iron teapot', 64.00), (8, 'Porcelain cups, set of 4', 39.90),
(9, 'Cold brew bottle', 27.50), (10, 'Travel mug', 24.95), (11, 'Descaler, 500 ml', 8.20),
(12, 'Portafilter machine', 549.00), (13, 'Hot chocolate, 400 g', 11.30), (14, 'Oat drink, 6 l', 14.70),
(15, 'Gift card', 50.00), (16, 'Barista course', 89.00), (17, 'Kettle with thermometer', 79.90);

INSERT INTO crm.orders
SELECT row_number() OVER (ORDER BY o.ordered_at, p.id, k) + 100000,
       p.id,
       o.ordered_at,
       i.name,
       i.price * (1 + pg_temp.pick(p.id * 20 + k, 'quantity', 10) / 7)
         * CASE p.currency WHEN 'PLN' THEN 4.3 WHEN 'SEK' THEN 11.4 WHEN 'GBP' THEN 0.86 ELSE 1 END,
       p.currency,
       CASE WHEN o.ordered_at > timestamptz '2026-02-22 00:00+00' THEN 'open'
            WHEN pg_temp.pick(p.id * 20 + k, 'status', 25) = 0 THEN 'returned'
            WHEN pg_temp.pick(p.id * 20 + k, 'status', 25) = 1 THEN 'cancelled'
            ELSE 'paid' END
  FROM person p
 CROSS JOIN LATERAL generate_series(1, pg_temp.pick(p.id, 'orders', 4) + pg_temp.pick(p.id, 'orders2', 5)
                                       * (pg_temp.pick(p.id, 'orders3', 3) / 2)) k
 CROSS JOIN LATERAL (SELECT p.created_at + (timestamptz '2026-02-28 18:00+00' - p.created_at)
                              * (pg_temp.pick(p.id * 20 + k, 'when', 10000) / 10000.0) AS ordered_at) t
 CROSS JOIN LATERAL (SELECT date_trunc('second', t.ordered_at) AS ordered_at) o
  JOIN item i ON i.n = least(pg_temp.pick(p.id * 20 + k, 'item', 18), pg_temp.pick(p.id * 20 + k, 'item2', 30));

CREATE INDEX ON crm.orders (customer_id);
ANALYZE crm.orders, person;

INSERT INTO crm.profile
SELECT p.id,
       CASE WHEN s.total > 400 THEN 'gold' WHEN s.total > 100 THEN 'silver' WHEN s.total > 0 THEN 'bronze' ELSE 'prospect' END,
       p.language,
       (ARRAY['coffee', 'tea', 'kitchen', 'gifts', 'courses', 'organic', 'offers'])
         [1 + pg_temp.pick(p.id, 'interest', 4) : 2 + pg_temp.pick(p.id, 'interest', 4) + pg_temp.pick(p.id, 'interests', 3)],
       (ARRAY['weekly', 'monthly', 'never'])[1 + pg_temp.pick(p.id, 'newsletter', 3)],
       s.total
  FROM person p
 CROSS JOIN LATERAL (SELECT coalesce(sum(o.amount / CASE o.currency WHEN 'PLN' THEN 4.3 WHEN 'SEK' THEN 11.4 WHEN 'GBP' THEN 0.86 ELSE 1 END), 0)::numeric(10,2) AS total
                       FROM crm.orders o WHERE o.customer_id = p.id AND o.status IN ('paid', 'open')) s
 ORDER BY p.id;

INSERT INTO crm.message
SELECT row_number() OVER (ORDER BY o.ordered_at, o.id), o.customer_id,
       date_trunc('second', o.ordered_at + make_interval(hours => 5 + pg_temp.pick(o.id, 'reply', 90))),
       CASE WHEN pg_temp.pick(o.id, 'direction', 3) = 0 THEN 'out' ELSE 'in' END,
       CASE WHEN pg_temp.pick(o.id, 'direction', 3) = 0
            THEN (ARRAY['Dear ' || c.name || ', your order ' || o.id || ' is on its way.',
                        'Dear ' || c.name || ', we have sent the invoice of order ' || o.id || ' to ' || coalesce(c.email, 'your postal address') || '.',
                        'Dear ' || c.name || ', your refund of ' || o.amount || ' ' || o.currency || ' has been booked.'])
                 [1 + pg_temp.pick(o.id, 'text', 3)]
            ELSE (ARRAY['Hello, I am still waiting for order ' || o.id || ' (' || split_part(o.item, ',', 1) || '). You can call me at ' || coalesce(c.phone, 'my office') || '. ' || c.name,
                        'Please send the invoice of order ' || o.id || ' to my company as well. Best regards, ' || c.name,
                        'The parcel was damaged. May I return it? Order ' || o.id || ', ' || split_part(o.item, ',', 1) || '. ' || c.name,
                        'Thank you, everything is fine. ' || split_part(c.name, ' ', 1)])
                 [1 + pg_temp.pick(o.id, 'text', 4)] END
  FROM crm.orders o
  JOIN crm.customer c ON c.id = o.customer_id
 WHERE pg_temp.pick(o.id, 'wrote', 5) = 0;

CREATE INDEX ON crm.message (customer_id);
CREATE INDEX ON crm.customer (email);

GRANT SELECT ON ALL TABLES IN SCHEMA crm TO webshop, campaigns, finance, analyst;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm TO webshop;
GRANT UPDATE (status) ON crm.orders TO finance;
GRANT UPDATE (name) ON crm.customer TO finance;
VACUUM ANALYZE crm.customer, crm.orders, crm.profile, crm.message;
