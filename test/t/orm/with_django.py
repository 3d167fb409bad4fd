"""with_django.py -- Django as a masked application: what it loads, and what it may save."""

import os
import sys
import threading
import time
from decimal import Decimal

import django
import psycopg2
from django.apps import AppConfig
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from common import check, error, fresh, not_mask, refused, rules, sql, stored

settings.configure(
    DATABASES={'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'postgres', 'USER': 'shop',
                           'HOST': os.environ['PGHOST'], 'PORT': os.environ['PGPORT']}},
    INSTALLED_APPS=[AppConfig('crm', sys.modules[__name__])])     # this program is the application
django.setup()


class Customer(models.Model):
    id = models.BigAutoField(primary_key=True)
    email = models.TextField(null=True)
    phone = models.TextField(null=True)
    spent = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    note = models.TextField(null=True)

    class Meta:
        app_label = 'crm'
        managed = False
        db_table = 'customer'       # in the search_path of the role


class Order(models.Model):
    id = models.BigIntegerField(primary_key=True)
    customer = models.ForeignKey(Customer, models.CASCADE)
    item = models.TextField()
    paid = models.BooleanField()

    class Meta:
        app_label = 'crm'
        managed = False
        db_table = 'orders'


objects = Customer.objects
orders = Order.objects
ANNA = ('anna@example.com', '+49 170 1111111', '1001.50', 'one')
BERT = ('bert@example.com', '+49 170 2222222', '2002.50', 'two')
BERTS_MASK = 'b***@***.com'
ANNAS_PHONE = '+49 *** *****11'
BERTS_PHONE = '+49 *** *****22'


def text(value):
    return Value(value, output_field=models.TextField())


def row(c):
    return c.email, c.phone, c.spent, c.note


def load(number):
    return row(objects.get(pk=number))


def ids(queryset):
    return list(queryset.order_by('id').values_list('id', flat=True))


def saves(number, update_fields=None, **changes):
    """Loads a person, changes him, saves; what the server says against it."""
    c = objects.get(pk=number)
    for name, value in changes.items():
        setattr(c, name, value)
    return error(c.save, update_fields=update_fields)


# ---- on_write => 'refuse'

rules('refuse')
check('Django loads what the role sees', load(1), ('anna@example.com', '+49 170 1111111', Decimal('1001.50'), 'one'))
check('and masks of who does not permit', load(2), (BERTS_MASK, None, Decimal('2000.00'), 'two'))
check('refuse: save() of all columns is refused', saves(2, note='new'), refused('email'))
check('and changes nothing', stored(2), BERT)
check('refuse: save(update_fields) of an unmasked column works', saves(2, ['note'], note='new'), None)
check('and stores it alone', stored(2), BERT[:3] + ('new',))
check('refuse: save(update_fields) of a masked column is refused', saves(2, ['phone'], phone='0'), refused('phone'))
check('refuse: save() of who permits works', saves(1, email='anna@new.example', spent=Decimal('5.25'), note='new'), None)
check('and stores what was changed', stored(1), ('anna@new.example', '+49 170 1111111', '5.25', 'new'))

fresh()
c = objects.only('note').get(pk=2)
c.note = 'deferred'
check('refuse: save() of a row loaded with only() saves what was loaded', error(c.save), None)
check('and it alone', stored(2), BERT[:3] + ('deferred',))
check('refuse: update() of an unmasked column works', objects.update(note='all'), 3)
check('refuse: update() of a masked one is refused as a whole', error(lambda: objects.update(note='x', phone=None)), refused('phone'))
check('and changes no row', [stored(n)[3] for n in (1, 2, 3)], ['all', 'all', 'all'])
check('refuse: F() of a masked column', error(lambda: objects.filter(pk=2).update(spent=F('spent') + 1)), refused('spent'))
check('and of a row that is shown', objects.filter(pk=1).update(spent=F('spent') + 1), 1)
check('adds to the value', stored(1)[2], '1002.50')

fresh()
# before 4.2, update_or_create() saves all columns
saves_all = django.VERSION < (4, 2)
check('refuse: update_or_create()', error(lambda: objects.update_or_create(pk=2, defaults={'note': 'new'})),
      refused('email') if saves_all else None)
check('stores what it was given, or nothing', stored(2), BERT if saves_all else BERT[:3] + ('new',))
check('refuse: bulk_update() of an unmasked column', error(
    lambda: objects.bulk_update([Customer(pk=1, note='n1'), Customer(pk=2, note='n2')], ['note'])), None)
check('stores it', [stored(1), stored(2)], [ANNA[:3] + ('n1',), BERT[:3] + ('n2',)])
check('refuse: bulk_update() of a masked column', error(
    lambda: objects.bulk_update([Customer(pk=1, phone='1'), Customer(pk=2, phone='2')], ['phone'])), refused('phone'))
check('changes nothing, not even what is shown', [stored(1)[1], stored(2)[1]], [ANNA[1], BERT[1]])

# ---- conditions and locks

fresh()
check('filter() meets the value that is shown', ids(objects.filter(email='anna@example.com')), [1])
check('not the value that is masked', ids(objects.filter(email='bert@example.com')), [])
check('but the mask', ids(objects.filter(email=BERTS_MASK)), [2])
check('the same for part of it', ids(objects.filter(email__contains='***')), [2, 3])
check('for numbers', ids(objects.filter(spent__gt=2000)), [3])
check('and for NULL', ids(objects.filter(phone__isnull=True)), [2, 3])
check('values() and an expression', list(objects.order_by('id').annotate(x=Concat('email', text('!'))).values_list('x', flat=True)),
      ['anna@example.com!', BERTS_MASK + '!', 'c***@***.org!'])
check('iterator(), a cursor of the server', [c.email for c in objects.order_by('id').iterator()],
      ['anna@example.com', BERTS_MASK, 'c***@***.org'])
check('get_or_create() by a value that is masked', objects.get_or_create(email='bert@example.com', defaults={'note': 'second'})[1], True)
check('creates another row', stored(100), ('bert@example.com', None, None, 'second'))
check('whose cells are masked like all', load(100), (BERTS_MASK, None, None, 'second'))

fresh()
with transaction.atomic():
    c = objects.select_for_update().get(pk=2)
    check('select_for_update() gives masks', row(c), (BERTS_MASK, None, Decimal('2000.00'), 'two'))
    check('and locks the row', error(lambda: sql('SELECT FROM crm.customer WHERE id = 2 FOR UPDATE NOWAIT'))[0], '55P03')
    c.note = 'locked'
    c.save(update_fields=['note'])
check('select_for_update() and save(update_fields)', stored(2), BERT[:3] + ('locked',))
with transaction.atomic():
    check('select_for_update() by a mask', [c.pk for c in objects.select_for_update(skip_locked=True).filter(email=BERTS_MASK)], [2])
    check('locks no other row', error(lambda: sql('SELECT FROM crm.customer WHERE id <> 2 FOR UPDATE NOWAIT')), None)

c = objects.get(pk=3)
c.note = 'not saved'
sql("SELECT ethdata.give_consent('3', 'service')")
c.refresh_from_db()
check('refresh_from_db() after permission was given', row(c), ('carl@example.org', '+49 170 3333333', Decimal('3003.50'), 'three'))
sql("SELECT ethdata.withdraw_consent('3', 'service')")
c.note = 'late'
check('what was loaded before a withdrawal is not saved after it', error(c.save), refused('email'))
c.refresh_from_db()
check('refresh_from_db() after the withdrawal', row(c), ('c***@***.org', None, Decimal('3000.00'), 'three'))
c.note = 'late'
c.refresh_from_db(fields=['email'])
check('refresh_from_db(fields)', row(c), ('c***@***.org', None, Decimal('3000.00'), 'late'))

# ---- on_write => 'keep_if_mask'

rules('keep_if_mask', 'ethdata.mask_phone(value)')
check('keep_if_mask: loads', load(2), (BERTS_MASK, BERTS_PHONE, Decimal('2000.00'), 'two'))
check('keep_if_mask: save() works', saves(2, note='new'), None)
check('keeps what is masked and stores what was changed', stored(2), BERT[:3] + ('new',))
check('keep_if_mask: save() of a masked column that was changed', saves(2, note='newer', phone='0'), not_mask('phone'))
check('changes nothing', stored(2), BERT[:3] + ('new',))
check('keep_if_mask: save() of who permits works', saves(1, email='anna@new.example', phone=None, spent=Decimal('5.25')), None)
check('and stores what was changed', stored(1), ('anna@new.example', None, '5.25', 'one'))
check('keep_if_mask: save(update_fields) of a masked column', saves(2, ['email'], note='newer'), None)
check('changes nothing', stored(2), BERT[:3] + ('new',))

fresh()
sql('UPDATE crm.customer SET phone = NULL WHERE id = 2')
check('keep_if_mask: save() of a cell that is NULL', saves(2, note='new'), None)
check('keeps it', stored(2), (BERT[0], None, BERT[2], 'new'))
check('keep_if_mask: save() of a value where NULL is', saves(2, phone='0'), not_mask('phone'))

fresh()
c = objects.get(pk=2)
sql("UPDATE crm.customer SET email = 'bertha@example.com', phone = '+49 171 2222222' WHERE id = 2")
c.note = 'new'
check('keep_if_mask: save() of cells that others changed meanwhile', error(c.save), None)
check('keeps what is there now', stored(2), ('bertha@example.com', '+49 171 2222222', '2002.50', 'new'))
sql("UPDATE crm.customer SET email = 'bert@example.org', note = 'other' WHERE id = 2")
check('keep_if_mask: save() of a mask that is no longer that of the cell', error(c.save), not_mask('email'))
check('changes nothing', stored(2), ('bert@example.org', '+49 171 2222222', '2002.50', 'other'))

WAITING = "SELECT pid FROM pg_stat_activity WHERE usename = 'shop' AND wait_event_type = 'Lock'"


def waits(number, change):
    """save() of a person while a superuser's transaction changes the row, and commits when save() waits for it."""
    def save():
        result.append(error(c.save))
        connection.close()      # that of this thread

    result = []
    c = objects.get(pk=number)
    with psycopg2.connect(dbname='postgres') as other:
        other.cursor().execute('UPDATE crm.customer SET ' + change + ' WHERE id = %s', (number,))
        thread = threading.Thread(target=save)
        thread.start()
        until = time.monotonic() + 60
        while thread.is_alive() and time.monotonic() < until and not sql(WAITING):
            thread.join(0.1)
        check('it waits', len(sql(WAITING)), 1)
    thread.join()
    other.close()
    return result[0]


fresh()
check('keep_if_mask: save() that waits for a change of the cell', waits(2, "email = 'bertha@example.com', note = 'other'"), None)
check('keeps what is there then', stored(2), ('bertha@example.com',) + BERT[1:])
check('keep_if_mask: save() that waits for a change of its mask', waits(2, "email = 'bert@example.org', note = 'other'"), not_mask('email'))
check('changes nothing', stored(2), ('bert@example.org',) + BERT[1:3] + ('other',))

rules('keep_if_mask')
check('keep_if_mask for some columns, refuse for one: save()', saves(2, note='new'), refused('phone'))
check('and without that one', saves(2, ['email', 'spent', 'note'], note='new'), None)
check('keeps what is masked', stored(2), BERT[:3] + ('new',))

rules('keep_if_mask', 'ethdata.mask_phone(value)')
check('keep_if_mask: update_or_create()', objects.update_or_create(pk=2, defaults={'note': 'new'})[1], False)
check('keeps what is masked', stored(2), BERT[:3] + ('new',))
check('keep_if_mask: update_or_create() by the mask', objects.update_or_create(email=BERTS_MASK, defaults={'note': 'newer'})[0].pk, 2)
check('finds the row and keeps what is masked', stored(2), BERT[:3] + ('newer',))
check('keep_if_mask: update_or_create() of a masked value', error(
    lambda: objects.update_or_create(pk=2, defaults={'email': 'x@example.com'})), not_mask('email'))
check('keep_if_mask: update_or_create() by a value that is masked', objects.update_or_create(
    email='bert@example.com', defaults={'note': 'second'})[1], True)
check('creates another row', [stored(2), stored(100)], [BERT[:3] + ('newer',), ('bert@example.com', None, None, 'second')])

fresh()
people = list(objects.filter(pk__lte=2).order_by('id'))
for c in people:
    c.note = 'bulk'
check('keep_if_mask: bulk_update() of all columns as they were loaded', error(
    lambda: objects.bulk_update(people, ['email', 'phone', 'spent', 'note'])), None)
check('keeps the cells', [stored(1), stored(2)], [ANNA[:3] + ('bulk',), BERT[:3] + ('bulk',)])
people[0].spent = Decimal('7')
people[1].spent = Decimal('7')
check('keep_if_mask: bulk_update() of a masked cell', error(lambda: objects.bulk_update(people, ['spent'])), not_mask('spent'))
check('and of one that is shown', error(lambda: objects.bulk_update(people[:1], ['spent'])), None)
check('stores it', [stored(1)[2], stored(2)[2]], ['7.00', '2002.50'])

fresh()
check('keep_if_mask: F() of a masked column', error(lambda: objects.filter(pk=2).update(spent=F('spent') + 1)), not_mask('spent'))
check('F() of one that is shown', objects.filter(pk=1).update(spent=F('spent') + 1, note=Concat(F('note'), text('+'))), 1)
check('F() that reads a mask into another column', objects.filter(pk=2).update(note=Concat(F('email'), text('+'))), 1)
check('F() of a column that is assigned to itself', objects.filter(pk=2).update(email=F('email')), 1)
check('stores the value, or the mask in the other column', [stored(1), stored(2)],
      [('anna@example.com', '+49 170 1111111', '1002.50', 'one+'), BERT[:3] + (BERTS_MASK + '+',)])

# ---- inserts

fresh()
check('create() stores what it is given', row(objects.create(email='dora@example.com', phone='4', spent=Decimal('4004.50'), note='four')),
      ('dora@example.com', '4', Decimal('4004.50'), 'four'))
check('in the table too', stored(100), ('dora@example.com', '4', '4004.50', 'four'))
check('and reads masks', load(100)[0], 'd***@***.com')
check('bulk_create() gives keys', [c.pk for c in objects.bulk_create(
    [Customer(email='a@example.com'), Customer(email='b@example.com')])], [101, 102])
check('stored', [stored(101)[0], stored(102)[0]], ['a@example.com', 'b@example.com'])
check('bulk_create(ignore_conflicts)', len(objects.bulk_create(
    [Customer(pk=2, email='x'), Customer(pk=200, email='emil@example.com')], ignore_conflicts=True)), 2)
check('leaves what is there', [stored(2), stored(200)], [BERT, ('emil@example.com', None, None, None)])


def upsert(update, *rows):
    return error(objects.bulk_create, rows, update_conflicts=True, unique_fields=['id'], update_fields=update)


if django.VERSION >= (4, 1):
    fresh()
    check('bulk_create(update_conflicts) of rows as they were loaded', upsert(
        ['email', 'phone', 'spent', 'note'], Customer(pk=2, email=BERTS_MASK, phone=BERTS_PHONE, spent=Decimal('2000'), note='upsert'),
        Customer(pk=1, email='anna@new.example', phone='1', spent=Decimal('1'), note='upsert'),
        Customer(pk=200, email='emil@example.com')), None)
    check('keeps, stores, inserts', [stored(1), stored(2), stored(200)],
          [('anna@new.example', '1', '1.00', 'upsert'), BERT[:3] + ('upsert',), ('emil@example.com', None, None, None)])
    check('bulk_create(update_conflicts) of another value', upsert(['email'], Customer(pk=2, email='x@example.com')), not_mask('email'))
    check('bulk_create(update_conflicts) of an unmasked column', upsert(
        ['note'], Customer(pk=2, email='x@example.com', note='again')), None)
    check('stores it alone', stored(2), BERT[:3] + ('again',))
    rules('refuse')
    check('refuse: bulk_create(update_conflicts) of a masked column', upsert(['email'], Customer(pk=2, email=BERTS_MASK)), refused('email'))
    check('refuse: and of an unmasked one', upsert(['note'], Customer(pk=2, note='again')), None)
    check('stores it alone', stored(2), BERT[:3] + ('again',))

# ---- a table whose rows refer to the person

rules('keep_if_mask', 'ethdata.mask_phone(value)')


def stored_orders():
    return sql('SELECT * FROM crm.orders ORDER BY id')


def order_saves(number, **changes):
    order = orders.get(pk=number)
    for name, value in changes.items():
        setattr(order, name, value)
    return error(order.save)


check('select_related() loads masks of both tables', [(o.item, o.customer.email) for o in orders.select_related('customer').order_by('id')],
      [('book', 'anna@example.com'), ('***', BERTS_MASK)])
check('a condition on the other table meets the mask', [list(orders.filter(customer__email=x).values_list('id', flat=True))
                                                        for x in ('bert@example.com', BERTS_MASK)], [[], [2]])
check('save() writes back the person it belongs to, too', order_saves(2, paid=True), None)
check('keeps what is masked', stored_orders(), [(1, 1, 'book', False), (2, 2, 'pen', True)])
check('save() of another person', order_saves(2, customer_id=1),
      ('42501', 'column "customer_id" of table "orders" may not be assigned in this row',
       'It names the person whose data the row is, and cells of the row are masked for the role.',
       'Have it changed by the table\'s owner or a member of role "ethdata_exempt".'))
check('save() of another person where all is shown', order_saves(1, customer_id=3, paid=True), None)
check('stored', stored_orders(), [(1, 3, 'book', True), (2, 2, 'pen', True)])
check('create() for a person', orders.create(id=3, customer=objects.get(pk=2), item='ink', paid=False).item, 'ink')
check('stored', stored_orders()[2:], [(3, 2, 'ink', False)])
check('and read as a mask', orders.get(pk=3).item, '***')
check('delete() of a person takes these rows along', objects.get(pk=2).delete(), (3, {'crm.Order': 2, 'crm.Customer': 1}))
check('and no others', (stored_orders(), stored(2)), ([(1, 3, 'book', True)], None))

# ---- deletes

fresh()
check('delete() by a value that is masked', objects.filter(email='bert@example.com').delete()[0], 0)
check('meets no row', stored(2), BERT)
check('delete() by the mask', objects.filter(email=BERTS_MASK).delete(), (2, {'crm.Order': 1, 'crm.Customer': 1}))
check('meets the row', [stored(1), stored(2)], [ANNA, None])
check('delete() of a row that was loaded', objects.get(pk=3).delete()[0], 1)
check('deletes it', [stored(1), stored(3)], [ANNA, None])

# ---- purposes for a transaction

rules('keep_if_mask', 'ethdata.mask_phone(value)')


def purpose():
    with connection.cursor() as cursor:
        cursor.execute("SELECT ethdata.current_purpose()")
        return cursor.fetchone()[0]


def behind_savepoint():
    with transaction.atomic():
        objects.filter(pk=1).update(email='x')


for statement in ("SET LOCAL ethdata.purpose = 'news'", "SELECT ethdata.set_purpose('news')"):
    fresh()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
        check(f'{statement}: loads by it', [load(1), load(2)],
              [('a***@***.com', ANNAS_PHONE, Decimal('1000.00'), 'one'), ('bert@example.com', BERTS_PHONE, Decimal('2000.00'), 'two')])
        check('filter() meets what it shows', ids(objects.filter(email__in=['anna@example.com', 'bert@example.com'])), [2])
        check('save() of what it shows', saves(2, email='bert@example.org', note='news'), None)
        with transaction.atomic():
            check('save() of what it does not show, behind a savepoint', saves(1, note='news'), None)
        check('a refused statement, behind a savepoint', error(behind_savepoint), not_mask('email'))
        check('the transaction goes on, with its purpose', purpose(), 'news')
    check('its end is the end of the purpose', purpose(), 'service')
    check('stored by the purpose', [stored(1), stored(2)],
          [ANNA[:3] + ('news',), ('bert@example.org', '+49 170 2222222', '2002.50', 'news')])
    check('loaded by the default purpose', [load(1)[0], load(2)[0]], ['anna@example.com', 'b***@***.org'])

fresh()
with transaction.atomic():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ethdata.purpose = 'none'")
    check('without a purpose all is masked', [load(1), load(2)],
          [('a***@***.com', ANNAS_PHONE, Decimal('1000.00'), 'one'), (BERTS_MASK, BERTS_PHONE, Decimal('2000.00'), 'two')])
    check('and save() keeps all', saves(1, note='none'), None)
check('in the table', stored(1), ANNA[:3] + ('none',))


def not_granted():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ethdata.purpose = 'ads'")
        objects.get(pk=1)


check('a purpose that the role does not have', error(not_granted)[:2], ('42501', 'purpose "ads" is not granted to role "shop"'))
print('done')
