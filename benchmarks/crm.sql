-- An order schema of eleven tables on PostgreSQL, filled with invented rows: customers : addresses : payments : orders :
-- items : logins = 1 : 2 : 1.5 : 3 : 6 : 5. A person's rows lie scattered over each table, round by round.
-- A semicolon at the end of a line ends a statement. The number of customers is bound by benchmarks/crm.py.

CREATE TABLE customers (
  id bigint, customer_number text, email text, first_name text, last_name text, phone text, birth_date date,
  language text, country text, created_on date,
  no_marketing boolean NOT NULL, restricted boolean NOT NULL, erased boolean NOT NULL);
CREATE TABLE addresses (
  id bigint, customer_id bigint NOT NULL, kind text, street text, postcode text, city text);
CREATE TABLE orders (
  id bigint, customer_id bigint NOT NULL, number text, ordered_on date, status text, total numeric(10, 2));
CREATE TABLE order_items (
  id bigint, order_id bigint NOT NULL, product text, quantity integer, price numeric(10, 2));
CREATE TABLE payments (
  id bigint, customer_id bigint NOT NULL, paid_on date, iban text, amount numeric(10, 2));
CREATE TABLE invoices (
  id bigint, customer_id bigint NOT NULL, order_id bigint, number text, issued_on date,
  billing_name text, billing_email text, total numeric(10, 2));
CREATE TABLE logins (
  id bigint, customer_id bigint NOT NULL, at timestamptz, ip inet, agent text);
CREATE TABLE notes (
  id bigint, customer_id bigint NOT NULL, written_on date, body text);
CREATE TABLE tickets (
  id bigint, customer_id bigint NOT NULL, opened_on date, subject text, body text);
CREATE TABLE consents (
  id bigint, customer_id bigint NOT NULL, purpose text, granted boolean, recorded_on date);
CREATE TABLE list_members (
  id bigint, list_code text, email text, status text, joined_on date);

-- Names repeat as real ones do, and with them the words of addresses.
INSERT INTO customers
  SELECT g, 'K-' || 10000000 + g, first || '.' || last || g / 1280 || '@example.org', initcap(first), initcap(last),
    '+49 30 ' || 20000000 + g, date '1940-01-01' + g % 24000, 'de', 'DE', date '2010-01-01' + g % 5800,
    false, false, false
  FROM generate_series(1, :customers) AS g,
  LATERAL (SELECT
    (array['ann', 'ben', 'cem', 'dora', 'emil', 'fay', 'gwen', 'hana',
           'ivo', 'jan', 'kim', 'lea', 'mia', 'nils', 'ola', 'pia'])[1 + g % 16] AS first,
    (array['ber', 'dal', 'fen', 'gor', 'hol', 'kel', 'lin', 'mar', 'nor', 'sol'])[1 + g / 16 % 10]
    || (array['ach', 'berg', 'er', 'mann', 'owa', 'sen', 'ski', 'stein'])[1 + g / 160 % 8] AS last) AS names;
ALTER TABLE customers ADD PRIMARY KEY (id);
INSERT INTO addresses
  SELECT g, 1 + g % :customers, 'home', 'Mill Row ' || g % 90, lpad((g % 99999)::text, 5, '0'), 'Berlin'
  FROM generate_series(1, :customers * 2) AS g;
INSERT INTO orders
  SELECT g, 1 + g % :customers, 'O-' || g, date '2010-01-01' + g % 5800, 'delivered', g % 400 + 0.99
  FROM generate_series(1, :customers * 3) AS g;
INSERT INTO order_items
  SELECT g, 1 + g % (:customers * 3), 'Product ' || g % 800, 1 + g % 3, g % 90 + 0.49
  FROM generate_series(1, :customers * 6) AS g;
INSERT INTO payments
  SELECT g, 1 + g % :customers, date '2010-01-01' + g % 5800, 'DE44' || lpad(g::text, 18, '0'), g % 400 + 0.99
  FROM generate_series(1, :customers * 3 / 2) AS g;
-- The order has the same owner: orders go round by their number.
INSERT INTO invoices
  SELECT id, id, CASE id WHEN 1 THEN :customers ELSE id - 1 END, 'R-' || id, date '2010-01-01' + id::integer % 5800,
    first_name || ' ' || last_name, email, 19.99
  FROM customers;
INSERT INTO logins
  SELECT g, 1 + g % :customers, timestamptz '2026-01-01' + g % 9000000 * interval '1 second', inet '192.0.2.0' + g % 256,
    'Browser ' || g % 40
  FROM generate_series(1, :customers * 5) AS g;
-- A quarter of the notes quote the person's own address, every ticket does.
INSERT INTO notes
  SELECT g, c.id, date '2010-01-01' + g % 5800, 'Called about order O-' || g || ' of last week; '
    || CASE g % 4 WHEN 0 THEN 'write to ' || c.email ELSE 'parcel ' || g % 9000 || ' came late' END
  FROM generate_series(1, :customers) AS g JOIN customers AS c ON c.id = 1 + g % :customers;
INSERT INTO tickets
  SELECT g, c.id, date '2010-01-01' + g % 5800, 'Where is my parcel?', 'Order O-' || g || ' is late. Yours, ' || c.email
  FROM generate_series(1, :customers / 2) AS g JOIN customers AS c ON c.id = 1 + g % :customers;
INSERT INTO consents
  SELECT g, 1 + g % :customers, 'newsletter', g % 3 > 0, date '2010-01-01' + g % 5800
  FROM generate_series(1, :customers) AS g;
INSERT INTO list_members
  SELECT id, 'newsletter', email, 'subscribed', created_on FROM customers WHERE id % 2 = 0;

ALTER TABLE addresses ADD PRIMARY KEY (id);
ALTER TABLE orders ADD PRIMARY KEY (id);
ALTER TABLE order_items ADD PRIMARY KEY (id);
ALTER TABLE payments ADD PRIMARY KEY (id);
ALTER TABLE invoices ADD PRIMARY KEY (id);
ALTER TABLE logins ADD PRIMARY KEY (id);
ALTER TABLE notes ADD PRIMARY KEY (id);
ALTER TABLE tickets ADD PRIMARY KEY (id);
ALTER TABLE consents ADD PRIMARY KEY (id);
ALTER TABLE list_members ADD PRIMARY KEY (id);

-- What identifies, as it is compared.
CREATE INDEX customers_by_number ON customers (lower(trim(customer_number)));
CREATE INDEX customers_by_email ON customers (lower(trim(email)));
CREATE INDEX customers_by_phone ON customers (lower(trim(phone)));
CREATE INDEX invoices_by_email ON invoices (lower(trim(billing_email)));
CREATE INDEX list_members_by_email ON list_members (lower(trim(email)));

-- What refers.
CREATE INDEX ON addresses (customer_id);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON order_items (order_id);
CREATE INDEX ON payments (customer_id);
CREATE INDEX ON invoices (customer_id);
CREATE INDEX ON invoices (order_id);
CREATE INDEX ON logins (customer_id);
CREATE INDEX ON notes (customer_id);
CREATE INDEX ON tickets (customer_id);
CREATE INDEX ON consents (customer_id);
ALTER TABLE addresses ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE payments ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE invoices ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE invoices ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE logins ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE notes ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE tickets ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE consents ADD FOREIGN KEY (customer_id) REFERENCES customers;

-- Free text, by its words.
CREATE INDEX notes_by_word ON notes USING gin (regexp_split_to_array(lower(body), '[^a-z0-9]+'));
CREATE INDEX tickets_by_word ON tickets USING gin (regexp_split_to_array(lower(body), '[^a-z0-9]+'));
CREATE INDEX tickets_by_subject_word ON tickets USING gin (regexp_split_to_array(lower(subject), '[^a-z0-9]+'));

VACUUM (ANALYZE);
-- Or the server still wrote these rows to the disk while others are measured.
CHECKPOINT;
