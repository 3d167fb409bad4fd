"""with_sqlalchemy.py -- SQLAlchemy as a masked application: what it loads, and what it may write.  For 1.4 and 2.0."""

import os
from decimal import Decimal

from sqlalchemy import (BigInteger, Column, FetchedValue, Identity, MetaData, Numeric, Table, Text, create_engine, event,
                        func, select, text, update)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, declarative_base
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from common import check, error, fresh, not_mask, refused, rules, sql, stored

engine = create_engine(URL.create('postgresql+psycopg2', username='shop', database='postgres',
                                  host=os.environ['PGHOST'], port=int(os.environ['PGPORT'])), future=True)
Base = declarative_base()


class Customer(Base):
    __tablename__ = 'customer'
    __table_args__ = {'schema': 'crm'}
    id = Column(BigInteger, Identity(), primary_key=True)
    email = Column(Text)
    phone = Column(Text)
    spent = Column(Numeric(9, 2))
    note = Column(Text)


class Versioned(Base):
    """The same table, with PostgreSQL's xmin as the version that an UPDATE asks for."""
    __table__ = Table('customer', MetaData(), Column('id', BigInteger, primary_key=True), Column('email', Text), Column('note', Text),
                      Column('xmin', Text, system=True, server_default=FetchedValue()), schema='crm')
    __mapper_args__ = {'version_id_col': __table__.c.xmin, 'version_id_generator': False}


updates = []


@event.listens_for(engine, 'before_cursor_execute')
def remember(connection, cursor, statement, *more):
    if statement.startswith('UPDATE'):
        updates.append(statement)


ANNA = ('anna@example.com', '+49 170 1111111', '1001.50', 'one')
BERT = ('bert@example.com', '+49 170 2222222', '2002.50', 'two')
BERTS_MASK = 'b***@***.com'
BERTS_PHONE = '+49 *** *****22'


def session():
    return Session(engine, future=True)


def row(c):
    return c.email, c.phone, c.spent, c.note


def load(number):
    with session() as s:
        return row(s.get(Customer, number))


def ids(*conditions):
    with session() as s:
        return s.execute(select(Customer.id).where(*conditions).order_by(Customer.id)).scalars().all()


def detached(number):
    """A person as loaded by a session that is over."""
    with session() as s:
        c = s.get(Customer, number)
        s.expunge(c)
        return c


def works(call):
    """Runs it with a session and commits; what the server says against it."""
    def run():
        with session() as s, s.begin():
            call(s)
    return error(run)


def changes(number, **values):
    def change(s):
        c = s.get(Customer, number)
        for name, value in values.items():
            setattr(c, name, value)
    return works(change)


def all_columns(c):
    return {'id': c.id, 'email': c.email, 'phone': c.phone, 'spent': c.spent, 'note': c.note}


def writes_all(c):
    """An UPDATE of every column of a detached object, also of those that did not change."""
    def write(s):
        s.add(c)
        for name in ('email', 'phone', 'spent', 'note'):
            flag_modified(c, name)
    return works(write)


def upserts(update, *rows):
    """INSERT .. ON CONFLICT (id) DO UPDATE SET column = excluded.column; what it returns, or the error."""
    def upsert(s):
        put = insert(Customer).values([dict(zip(('id', 'email', 'phone', 'spent', 'note'), r)) for r in rows])
        put = put.on_conflict_do_update(index_elements=['id'], set_={name: put.excluded[name] for name in update})
        got.extend(tuple(r) for r in s.execute(put.returning(Customer.id, Customer.email, Customer.note)))
    got = []
    return works(upsert) or sorted(got)


# ---- on_write => 'refuse'

rules('refuse')
check('SQLAlchemy loads what the role sees', load(1), ('anna@example.com', '+49 170 1111111', Decimal('1001.50'), 'one'))
check('and masks of who does not permit', load(2), (BERTS_MASK, None, Decimal('2000.00'), 'two'))
del updates[:]
check('refuse: a change of an unmasked column is committed', changes(2, note='new'), None)
check('names that column only', updates, ['UPDATE crm.customer SET note=%(note)s WHERE crm.customer.id = %(crm_customer_id)s'])
check('and stores it alone', stored(2), BERT[:3] + ('new',))
check('refuse: a change of a masked column', changes(2, phone='0', note='newer'), refused('phone'))
check('changes nothing', stored(2), BERT[:3] + ('new',))
check('refuse: a change of who permits', changes(1, email='anna@new.example', phone=None, spent=Decimal('5.25')), None)
check('is stored', stored(1), ('anna@new.example', None, '5.25', 'one'))

fresh()
c = detached(2)
c.note = 'merged'
check('refuse: merge() of what was loaded', works(lambda s: s.merge(c)), None)
check('stores what was changed', stored(2), BERT[:3] + ('merged',))
check('refuse: an UPDATE of all columns', writes_all(detached(2)), refused('email'))
check('refuse: bulk_update_mappings() of all columns',
      works(lambda s: s.bulk_update_mappings(Customer, [all_columns(detached(2))])), refused('email'))
check('refuse: bulk_update_mappings() of an unmasked one',
      works(lambda s: s.bulk_update_mappings(Customer, [{'id': 1, 'note': 'n1'}, {'id': 2, 'note': 'n2'}])), None)
check('stores it', [stored(1), stored(2)], [ANNA[:3] + ('n1',), BERT[:3] + ('n2',)])
check('refuse: upsert of an unmasked column', upserts(['note'], (2, 'x', 'x', 1, 'upsert')), [(2, BERTS_MASK, 'upsert')])
check('stores it alone', stored(2), BERT[:3] + ('upsert',))
check('refuse: upsert of a masked one', upserts(['email'], (2, BERTS_MASK, None, 1, 'again')), refused('email'))
check('of a row that is shown, and of a new one', upserts(['email'], (1, 'anna@new.example', None, 1, 'x'),
                                                           (200, 'emil@example.com', None, 2, 'x')),
      [(1, 'anna@new.example', 'n1'), (200, 'e***@***.com', 'x')])
check('stored', [stored(1), stored(2), stored(200)],
      [('anna@new.example',) + ANNA[1:3] + ('n1',), BERT[:3] + ('upsert',), ('emil@example.com', None, '2.00', 'x')])

# ---- conditions, locks, reading again

fresh()
check('where() meets the value that is shown', ids(Customer.email == 'anna@example.com'), [1])
check('not the value that is masked', ids(Customer.email == 'bert@example.com'), [])
check('but the mask', ids(Customer.email == BERTS_MASK), [2])
check('the same for numbers and NULL', ids(Customer.spent > 2000, Customer.phone.is_(None)), [3])
with session() as s, s.begin():
    c = s.get(Customer, 2, with_for_update=True)
    check('with_for_update() gives masks', row(c), (BERTS_MASK, None, Decimal('2000.00'), 'two'))
    check('and locks the row', error(lambda: sql('SELECT FROM crm.customer WHERE id = 2 FOR UPDATE NOWAIT'))[0], '55P03')
    c.note = 'locked'
check('and the change is stored', stored(2), BERT[:3] + ('locked',))

with session() as s:
    c = s.get(Customer, 3)
    sql("SELECT ethdata.give_consent('3', 'service')")
    s.refresh(c)
    check('refresh() after permission was given', row(c), ('carl@example.org', '+49 170 3333333', Decimal('3003.50'), 'three'))
    s.expunge(c)
    stale = c
sql("SELECT ethdata.withdraw_consent('3', 'service')")
stale.note = 'late'
check('merge() after the withdrawal of what was loaded before', works(lambda s: s.merge(stale)), refused('email'))
check('changes nothing', stored(3), ('carl@example.org', '+49 170 3333333', '3003.50', 'three'))

# ---- on_write => 'keep_if_mask'

rules('keep_if_mask', 'ethdata.mask_phone(value)')
c = detached(2)
check('keep_if_mask: loads', row(c), (BERTS_MASK, BERTS_PHONE, Decimal('2000.00'), 'two'))
c.note = 'merged'
check('keep_if_mask: merge() of a detached object', works(lambda s: s.merge(c)), None)
check('keeps what is masked and stores what was changed', stored(2), BERT[:3] + ('merged',))
check('keep_if_mask: merge() of an object with all columns that was never loaded', works(lambda s: s.merge(
    Customer(id=2, email=BERTS_MASK, phone=BERTS_PHONE, spent=Decimal('2000'), note='made'))), None)
check('keeps what is masked and stores what was changed', stored(2), BERT[:3] + ('made',))
c = detached(2)
c.note = 'all'
del updates[:]
check('keep_if_mask: an UPDATE of all columns', writes_all(c), None)
check('names them', updates, ['UPDATE crm.customer SET email=%(email)s, phone=%(phone)s, spent=%(spent)s, note=%(note)s '
                              'WHERE crm.customer.id = %(crm_customer_id)s'])
check('keeps what is masked and stores what was changed', stored(2), BERT[:3] + ('all',))
c = detached(2)
c.phone = '0'
check('keep_if_mask: merge() with another value', works(lambda s: s.merge(c)), not_mask('phone'))
check('changes nothing', stored(2), BERT[:3] + ('all',))

fresh()
rows = [all_columns(detached(1)), all_columns(detached(2))]
for r in rows:
    r['note'] = 'bulk'
rows[0]['email'] = 'anna@new.example'
check('keep_if_mask: bulk_update_mappings() of all columns', works(lambda s: s.bulk_update_mappings(Customer, rows)), None)
check('keeps what is masked and stores what was changed', [stored(1), stored(2)],
      [('anna@new.example',) + ANNA[1:3] + ('bulk',), BERT[:3] + ('bulk',)])
check('keep_if_mask: merge() after the withdrawal of what was loaded before', works(lambda s: s.merge(stale)), not_mask('email'))

fresh()
c = detached(2)
sql("UPDATE crm.customer SET email = 'bertha@example.com' WHERE id = 2")
check('keep_if_mask: an UPDATE of all columns, of which others changed one meanwhile', writes_all(c), None)
check('keeps what is there now', stored(2), ('bertha@example.com',) + BERT[1:])

fresh()
check('keep_if_mask: upsert of all columns', upserts(
    ['email', 'phone', 'spent', 'note'], (1, 'anna@new.example', '1', Decimal('1'), 'upsert'),
    (2, BERTS_MASK, BERTS_PHONE, Decimal('2000'), 'upsert'), (200, 'emil@example.com', '2', Decimal('2'), 'new')),
    [(1, 'anna@new.example', 'upsert'), (2, BERTS_MASK, 'upsert'), (200, 'e***@***.com', 'new')])
check('keeps, stores, inserts', [stored(1), stored(2), stored(200)],
      [('anna@new.example', '1', '1.00', 'upsert'), BERT[:3] + ('upsert',), ('emil@example.com', '2', '2.00', 'new')])
check('keep_if_mask: upsert of another value', upserts(['email'], (2, 'x@example.com', None, None, None)), not_mask('email'))

fresh()
everyone = []
check('update().returning()', works(lambda s: everyone.extend(tuple(r) for r in s.execute(
    update(Customer).where(Customer.id <= 2).values(note=Customer.note + '+').returning(
        Customer.id, Customer.email, Customer.spent, Customer.note, func.length(Customer.phone))
    .execution_options(synchronize_session=False)))), None)
check('returns masks', sorted(everyone),
      [(1, 'anna@example.com', Decimal('1001.50'), 'one+', 15), (2, BERTS_MASK, Decimal('2000.00'), 'two+', 15)])
check('and stores', [stored(1), stored(2)], [ANNA[:3] + ('one+',), BERT[:3] + ('two+',)])
with session() as s, s.begin():
    changed = s.execute(select(Customer).from_statement(update(Customer).where(Customer.id == 2).values(note='two+').returning(Customer))
                        .execution_options(synchronize_session=False)).scalar_one()
    check('update().returning() of the object', row(changed), (BERTS_MASK, BERTS_PHONE, Decimal('2000.00'), 'two+'))
with session() as s, s.begin():
    c = s.get(Customer, 2)
    s.execute(update(Customer).where(Customer.email == BERTS_MASK).values(note='fetched').execution_options(synchronize_session='fetch'))
    check("update() by the mask, synchronize_session='fetch'", c.note, 'fetched')
    s.rollback()
check('update() of a masked value', works(lambda s: s.execute(
    update(Customer).where(Customer.id == 2).values(spent=Customer.spent + 1)
    .execution_options(synchronize_session=False))), not_mask('spent'))
met = []
check('update() by a value that is masked', works(lambda s: met.append(s.execute(
    update(Customer).where(Customer.email == 'bert@example.com').values(note='met')
    .execution_options(synchronize_session=False)).rowcount)), None)
check('meets no row', (met, stored(2)), ([0], BERT[:3] + ('two+',)))

# ---- inserts and deletes

with session() as s, s.begin():
    c = Customer(email='dora@example.com', spent=Decimal('4004.50'))
    s.add(c)
    s.flush()
    check('an object that is added gets its key', c.id, 100)
    check('and has what it was given', row(c), ('dora@example.com', None, Decimal('4004.50'), None))
    s.refresh(c)
    check('until it is read again', row(c), ('d***@***.com', None, Decimal('4000.00'), None))
    c.note = 'four'
check('stored', stored(100), ('dora@example.com', None, '4004.50', 'four'))
check('add_all()', works(lambda s: s.add_all([Customer(email='a@example.com', note='a'), Customer(email='b@example.com', note='b')])), None)
check('stored', sorted([stored(101), stored(102)]), [('a@example.com', None, None, 'a'), ('b@example.com', None, None, 'b')])


def versioned(s):
    c = s.get(Versioned, 2)
    version = c.xmin
    c.note = 'next'
    s.flush()
    check('a version by xmin', (c.email, c.xmin != version, len(version) > 0), (BERTS_MASK, True, True))


check('a change that asks for the version it loaded', works(versioned), None)
check('stored', stored(2), BERT[:3] + ('next',))
with session() as s:
    c = s.get(Versioned, 2)
    sql("UPDATE crm.customer SET note = 'other' WHERE id = 2")
    c.note = 'late'
    try:
        s.commit()
        stale_data = False
    except StaleDataError:
        stale_data = True
check('finds that others changed the row', (stale_data, stored(2)), (True, BERT[:3] + ('other',)))
sql('TRUNCATE crm.orders')
check('delete() of a masked row', works(lambda s: s.delete(s.get(Customer, 2))), None)
check('deletes it', [stored(1), stored(2)], [ANNA[:3] + ('one+',), None])

# ---- purposes for a transaction

def behind_savepoint(s):
    with s.begin_nested():
        s.execute(update(Customer).where(Customer.id == 1).values(email='x').execution_options(synchronize_session=False))


for statement in ("SET LOCAL ethdata.purpose = 'news'", "SELECT ethdata.set_purpose('news')"):
    fresh()
    with session() as s:
        with s.begin():
            s.execute(text(statement))
            anna, bert = s.get(Customer, 1), s.get(Customer, 2)
            check(f'{statement}: loads by it', [row(anna), row(bert)],
                  [('a***@***.com', '+49 *** *****11', Decimal('1000.00'), 'one'),
                   ('bert@example.com', BERTS_PHONE, Decimal('2000.00'), 'two')])
            bert.email = 'bert@example.org'
            for name in ('phone', 'spent', 'note'):
                flag_modified(bert, name)
                flag_modified(anna, name)
            flag_modified(anna, 'email')
            s.flush()
            check('a refused statement, behind a savepoint', error(behind_savepoint, s), not_mask('email'))
            check('the purpose is still there', s.execute(text('SELECT ethdata.current_purpose()')).scalar(), 'news')
        with s.begin():
            check('its end is the end of the purpose', s.execute(text('SELECT ethdata.current_purpose()')).scalar(), 'service')
            check('and the same objects are loaded anew', [anna.email, bert.email], ['anna@example.com', 'b***@***.org'])
    check('stored by the purpose', [stored(1), stored(2)], [ANNA, ('bert@example.org',) + BERT[1:]])

fresh()
with session() as s, s.begin():
    s.execute(text("SET LOCAL ethdata.purpose = 'none'"))
    check('without a purpose all is masked', [s.get(Customer, n).email for n in (1, 2)], ['a***@***.com', BERTS_MASK])


def not_granted(s):
    s.execute(text("SET LOCAL ethdata.purpose = 'ads'"))
    s.get(Customer, 1)


check('a purpose that the role does not have', works(not_granted)[:2], ('42501', 'purpose "ads" is not granted to role "shop"'))
print('done')
