"""common.py -- what the programs that 080_orm.pl runs share.

They connect as the application's role through their ORM, and as a superuser here, to see what is stored.
Each check is printed as a line of JSON: its name, what came and what was expected, both as Python writes them."""

import json

import psycopg2

admin = psycopg2.connect(dbname='postgres')
admin.autocommit = True


def sql(statement, **parameters):
    """Runs a statement as the superuser; returns its rows."""
    with admin.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else None


sql("SET lock_timeout = '30s'")


def check(name, got, expected):
    print(json.dumps({'name': name, 'got': repr(got), 'expected': repr(expected)}), flush=True)


def stored(number):
    """The row of a person as it is in the table; None when there is none."""
    rows = sql('SELECT email, phone, spent::text, note FROM crm.customer WHERE id = %(id)s', id=number)
    return rows[0] if rows else None


def fresh():
    """The table as each part of a program finds it.  Person 1 permits `service`, 2 and 3 permit only `news`."""
    sql("""TRUNCATE crm.customer, crm.orders RESTART IDENTITY;
           INSERT INTO crm.customer (id, email, phone, spent, note) VALUES
             (1, 'anna@example.com', '+49 170 1111111', 1001.50, 'one'),
             (2, 'bert@example.com', '+49 170 2222222', 2002.50, 'two'),
             (3, 'carl@example.org', '+49 170 3333333', 3003.50, 'three');
           INSERT INTO crm.orders VALUES (1, 1, 'book', false), (2, 2, 'pen', false)""")


def rules(on_write, phone=None):
    """Masks the three columns.  phone is the mask of that column; without one it is NULL, which can only be refused."""
    sql("""SELECT ethdata.mask('crm.customer', 'email', masked_as => 'ethdata.mask_email(value)',
                    reveal_for => '{service,news}', on_write => %(on_write)s),
                  ethdata.mask('crm.customer', 'phone', masked_as => %(phone)s, reveal_for => '{service}',
                    on_write => CASE WHEN %(phone)s IS NULL THEN 'refuse' ELSE %(on_write)s END),
                  ethdata.mask('crm.customer', 'spent', masked_as => 'ethdata.mask_number(value, 1000)',
                    reveal_for => '{service}', on_write => %(on_write)s)""",
        on_write=on_write, phone=phone)
    fresh()


def error(call, *arguments, **named):
    """What the server says against a call: SQLSTATE, message, detail and hint; None when it succeeds."""
    try:
        call(*arguments, **named)
    except Exception as e:
        while not hasattr(e, 'diag'):       # the driver's error, below that of the ORM
            if e.__cause__ is None:
                raise
            e = e.__cause__
        return e.diag.sqlstate, e.diag.message_primary, e.diag.message_detail, e.diag.message_hint
    return None


ONLY_CHANGED = 'Assign only the columns that changed (Django: save(update_fields=[...]); SQLAlchemy does so by itself)'


def refused(column):
    """The error of an assignment with on_write => 'refuse'."""
    return ('42501', f'column "{column}" of table "customer" may not be assigned in this row',
            'It is masked for the role, so what is there would be lost.',
            ONLY_CHANGED + ", or have the column given a mask and on_write => 'keep_if_mask'.")


def not_mask(column):
    """The error of another value than the mask, with on_write => 'keep_if_mask'."""
    return ('42501', f'column "{column}" of table "customer" may not be assigned in this row',
            'It is masked for the role, and what is assigned is not the mask that the role reads.',
            ONLY_CHANGED + ', or write back what was read.')
