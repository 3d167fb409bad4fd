\echo -- Finance corrects a name; the change is recorded with its old and new value, and why it was made.
UPDATE crm.customer SET name = 'Lukas Schneider-Roth' WHERE id = 42;
