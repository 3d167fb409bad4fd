# What only later versions have: RETURNING OLD and NEW, MERGE .. RETURNING and WHEN NOT
# MATCHED BY SOURCE, virtual generated columns.  A masked reader gets masks there too.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use EthdataTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = EthdataTest::start_node('one');
my $version = $node->safe_psql('postgres', 'SHOW server_version_num');

if ($version < 170000)
{
	$node->stop;
	plan skip_all => 'PostgreSQL 17 and later';
}

$node->safe_psql('postgres', q{
	CREATE ROLE app LOGIN;
	CREATE TABLE c (id bigint PRIMARY KEY, email text, n int);
	INSERT INTO c VALUES (1, 'raw1@example.com', 1), (2, 'raw2@example.com', 2), (3, 'raw3@example.com', 3);
	CREATE TABLE h (cid bigint PRIMARY KEY REFERENCES c, v text);
	INSERT INTO h VALUES (1, 'Visible'), (2, 'Raw-hidden');
	GRANT SELECT, INSERT, UPDATE, DELETE ON c, h TO app;
	SELECT ethdata.define_subject_class('c');
	SELECT ethdata.define_purpose('mk', basis => 'consent');
	SELECT ethdata.grant_purpose('mk', 'app', as_default => true);
	SELECT ethdata.protect('c', subject => 'id');
	SELECT ethdata.protect('h', subject => 'cid', rows => true);
	SELECT ethdata.mask('c', 'email', masked_as => 'ethdata.mask_email(value)', reveal_for => '{mk}', on_write => 'keep_if_mask');
	SELECT ethdata.give_consent('1', 'mk');
});

# what a statement of the masked role answers; it is rolled back
sub answer
{
	my ($statement) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', "BEGIN; $statement; ROLLBACK", extra_params => [ '-U', 'app' ]);

	return $err ? ($err =~ /(ERROR:.*)/)[0] : $out;
}

sub is_answer
{
	my ($statement, $expected, $name) = @_;

	return is(answer($statement), $expected, $name);
}

is_answer(q{MERGE INTO c USING (VALUES (1), (2), (9)) v(i) ON c.id = v.i WHEN MATCHED THEN UPDATE SET n = 10 WHEN NOT MATCHED THEN INSERT VALUES (v.i, 'nine@example.com', 9) RETURNING merge_action(), c.id, email},
	"UPDATE|1|raw1\@example.com\nUPDATE|2|r***\@***.com\nINSERT|9|n***\@***.com", 'MERGE .. RETURNING is masked');
is_answer(q{MERGE INTO c USING (VALUES (1)) v(i) ON c.id = v.i WHEN NOT MATCHED BY SOURCE AND email LIKE 'raw%' THEN DELETE RETURNING c.*},
	'', 'WHEN NOT MATCHED BY SOURCE reads the mask');
is_answer(q{MERGE INTO c USING (VALUES (1)) v(i) ON c.id = v.i WHEN NOT MATCHED BY SOURCE AND email LIKE 'r***%' THEN UPDATE SET n = length(email) RETURNING c},
	"(2,r***\@***.com,12)\n(3,r***\@***.com,12)", 'and what it assigns is made of it');
is_answer(q{MERGE INTO c USING (VALUES (1)) v(i) ON c.id = v.i WHEN NOT MATCHED BY SOURCE THEN UPDATE SET email = 'x'},
	'ERROR:  column "email" of table "c" may not be assigned in this row', 'and judged');
is_answer(q{MERGE INTO h USING (VALUES (7)) v(i) ON h.cid = v.i WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING h.*},
	'1|Visible', 'hidden rows are not met');
is_answer(q{WITH m AS (MERGE INTO c USING (VALUES (3)) v(i) ON c.id = v.i WHEN MATCHED THEN DELETE RETURNING email) SELECT * FROM m},
	'r***@***.com', 'in WITH, too');

SKIP:
{
	skip 'PostgreSQL 18', 14 if $version < 180000;

	is_answer(q{UPDATE c SET n = 10 WHERE id IN (1, 2) RETURNING id, old.email, new.email, old.n, new.n},
		"1|raw1\@example.com|raw1\@example.com|1|10\n2|r***\@***.com|r***\@***.com|2|10", 'OLD and NEW are masked');
	is_answer(q{UPDATE c SET email = 'mine@example.com' WHERE id = 1 RETURNING old.email, new.email},
		'raw1@example.com|mine@example.com', 'where the cell is seen both are shown');
	is_answer(q{UPDATE c SET n = 10 WHERE id = 2 RETURNING old, new, old.*, new.*},
		'(2,r***@***.com,2)|(2,r***@***.com,10)|2|r***@***.com|2|2|r***@***.com|10', 'whole rows, too');
	is_answer(q{UPDATE c SET n = 10 WHERE id = 2 RETURNING to_jsonb(old), (SELECT old.email || new.n)},
		'{"n": 2, "id": 2, "email": "r***@***.com"}|r***@***.com10', 'in functions and sub-selects');
	is_answer(q{UPDATE c SET n = 10 WHERE id = 2 RETURNING WITH (OLD AS o, NEW AS x) o.email, x.email},
		'r***@***.com|r***@***.com', 'under other names');
	is_answer(q{DELETE FROM c WHERE id = 3 RETURNING old.email, new.email, new.id},
		'r***@***.com||', 'DELETE has no NEW, and a mask is not put in its place');
	is_answer(q{INSERT INTO c VALUES (2, 'r***@***.com', 7), (8, 'eight@example.com', 8) ON CONFLICT (id) DO UPDATE SET email = excluded.email, n = excluded.n RETURNING old.email, new.email, old.n},
		"r***\@***.com|r***\@***.com|2\n|e***\@***.com|", 'INSERT has no OLD, ON CONFLICT has');
	is_answer(q{MERGE INTO c USING (VALUES (2), (9)) v(i) ON c.id = v.i WHEN MATCHED THEN UPDATE SET n = 10 WHEN NOT MATCHED THEN INSERT VALUES (v.i, 'nine@example.com', 9) RETURNING merge_action(), old, new.email},
		"UPDATE|(2,r***\@***.com,2)|r***\@***.com\nINSERT||n***\@***.com", 'MERGE has both');

	$node->safe_psql('postgres', q{
		ALTER TABLE c ADD COLUMN low text GENERATED ALWAYS AS (lower(email)) VIRTUAL, ADD COLUMN twice int GENERATED ALWAYS AS (n * 2) VIRTUAL;
		SELECT ethdata.classify('c', 'low', 'contact'), ethdata.classify('c', 'twice', 'not_personal');
	});
	is_answer(q{SELECT id, low, twice FROM c ORDER BY id}, "1||2\n2||4\n3||6", 'a virtual column of a masked one is masked');
	is_answer(q{UPDATE c SET n = 10 WHERE id = 2 RETURNING low, twice, old.low, old.twice}, '|20||4', 'in RETURNING');
	is_answer(q{UPDATE c SET n = 10 WHERE low LIKE 'raw%' RETURNING id}, '', 'in conditions');
	is_answer(q{SELECT c FROM c WHERE id = 2}, '(2,r***@***.com,2,,4)', 'in whole rows');
	$node->safe_psql('postgres', q{ALTER TABLE c ALTER COLUMN twice SET EXPRESSION AS (length(email))});
	is_answer(q{SELECT id, twice FROM c ORDER BY id}, "1|\n2|\n3|", 'and when its expression becomes one over a masked column');
	is_answer(q{UPDATE c SET n = 1 WHERE twice > 0 RETURNING id}, '', 'in conditions, then');
}

is($node->safe_psql('postgres', 'SELECT * FROM (SELECT id, email, n FROM c) s ORDER BY id'),
	"1|raw1\@example.com|1\n2|raw2\@example.com|2\n3|raw3\@example.com|3", 'nothing was changed');
$node->stop;
done_testing();
