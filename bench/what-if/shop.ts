/** A shop in the manner of TPC-H, generated: eight tables, one of them partitioned by date, foreign keys, skewed values. */
export const SCHEMA: readonly string[] = [
  'SELECT setseed(0.5)',
  'CREATE TABLE region (r_id int PRIMARY KEY, r_name text NOT NULL)',
  "INSERT INTO region SELECT i, 'region ' || i FROM generate_series(0, 4) i",
  'CREATE TABLE nation (n_id int PRIMARY KEY, n_name text NOT NULL, n_region int NOT NULL REFERENCES region)',
  "INSERT INTO nation SELECT i, 'nation ' || i, i % 5 FROM generate_series(0, 24) i",
  'CREATE TABLE supplier (s_id int PRIMARY KEY, s_name text NOT NULL, s_nation int NOT NULL REFERENCES nation, s_balance numeric(12, 2) NOT NULL, s_comment text NOT NULL)',
  "INSERT INTO supplier SELECT i, 'supplier ' || i, i * 7 % 25, round((random() * 9999)::numeric, 2), repeat(md5(i::text), 2) FROM generate_series(1, 2000) i",
  'CREATE TABLE customer (c_id int PRIMARY KEY, c_mail text NOT NULL, c_nation int NOT NULL REFERENCES nation, c_segment text NOT NULL, c_balance numeric(12, 2) NOT NULL, c_comment text NOT NULL)',
  "INSERT INTO customer SELECT i, 'customer' || i || '@example.org', floor(25 * power(random(), 2))::int, (ARRAY['BUILDING', 'MACHINERY', 'HOUSEHOLD', 'FURNITURE', 'AUTOMOBILE'])[1 + floor(random() * 5)::int], round((random() * 9999)::numeric, 2), repeat(md5(i::text), 3) FROM generate_series(1, 12000) i",
  'CREATE TABLE part (p_id int PRIMARY KEY, p_name text NOT NULL, p_brand text NOT NULL, p_type text NOT NULL, p_size int NOT NULL, p_price numeric(12, 2) NOT NULL)',
  "INSERT INTO part SELECT i, 'part ' || md5(i::text), 'Brand#' || 10 + floor(random() * 40)::int, (ARRAY['STEEL', 'BRASS', 'COPPER', 'TIN', 'NICKEL'])[1 + floor(5 * power(random(), 2))::int] || ' ' || floor(random() * 30)::int, 1 + floor(random() * 50)::int, round((random() * 2000)::numeric, 2) FROM generate_series(1, 16000) i",
  'CREATE TABLE partsupp (ps_part int NOT NULL REFERENCES part, ps_supplier int NOT NULL REFERENCES supplier, ps_quantity int NOT NULL, ps_cost numeric(12, 2) NOT NULL, PRIMARY KEY (ps_part, ps_supplier))',
  'INSERT INTO partsupp SELECT p, 1 + (p * 13 + k * 501) % 2000, floor(random() * 9999)::int, round((random() * 1000)::numeric, 2) FROM generate_series(1, 16000) p, generate_series(0, 3) k',
  'CREATE TABLE orders (o_id bigint NOT NULL, o_customer int NOT NULL, o_status text NOT NULL, o_total numeric(12, 2) NOT NULL, o_date date NOT NULL, o_priority text NOT NULL, o_comment text NOT NULL, PRIMARY KEY (o_id, o_date)) PARTITION BY RANGE (o_date)',
  ...[2019, 2020, 2021, 2022, 2023, 2024].map(
    (year) =>
      `CREATE TABLE orders_${year} PARTITION OF orders FOR VALUES FROM ('${year}-01-01') TO ('${year + 1}-01-01')`,
  ),
  "INSERT INTO orders SELECT i, 1 + floor(12000 * power(random(), 2))::int, CASE WHEN random() < 0.02 THEN 'P' WHEN random() < 0.5 THEN 'F' ELSE 'O' END, round((random() * 50000)::numeric, 2), date '2019-01-01' + floor(random() * 2190)::int, 1 + floor(random() * 5)::int || '-PRIORITY', repeat(md5(i::text), 2) FROM generate_series(1, 120000) i",
  'CREATE TABLE lineitem (l_order bigint NOT NULL, l_part int NOT NULL, l_supplier int NOT NULL, l_line int NOT NULL, l_quantity int NOT NULL, l_price numeric(12, 2) NOT NULL, l_discount numeric(4, 2) NOT NULL, l_flag text NOT NULL, l_shipped date NOT NULL, l_received date NOT NULL, l_mode text NOT NULL, PRIMARY KEY (l_order, l_line))',
  "INSERT INTO lineitem SELECT o, 1 + floor(16000 * power(random(), 1.5))::int, 1 + floor(random() * 2000)::int, k, 1 + floor(random() * 50)::int, round((random() * 90000)::numeric, 2), round((random() / 10)::numeric, 2), CASE WHEN random() < 0.03 THEN 'R' WHEN random() < 0.5 THEN 'A' ELSE 'N' END, d, d + 1 + floor(random() * 30)::int, (ARRAY['AIR', 'MAIL', 'SHIP', 'TRUCK', 'RAIL', 'FOB', 'REG AIR'])[1 + floor(random() * 7)::int] FROM (SELECT o, k, date '2019-01-01' + (o * 2190 / 120000)::int + floor(random() * 60)::int AS d FROM generate_series(1, 120000) o, generate_series(1, 3) k) x",
  'VACUUM ANALYZE',
];

export const STATEMENTS: readonly { id: string; sql: string }[] = [
  {
    id: 'shipped-between',
    sql: "SELECT sum(l_price * l_discount) FROM lineitem WHERE l_shipped >= '2022-03-01' AND l_shipped < '2022-03-15' AND l_quantity < 24",
  },
  {
    id: 'orders-of-customer',
    sql: 'SELECT o_id, o_total FROM orders WHERE o_customer = 4711 ORDER BY o_date DESC LIMIT 10',
  },
  {
    id: 'pending-orders',
    sql: "SELECT o_id, o_customer FROM orders WHERE o_status = 'P' AND o_date >= '2024-01-01' ORDER BY o_date LIMIT 50",
  },
  {
    id: 'customer-by-mail',
    sql: "SELECT c.c_id, o.o_id FROM customer c JOIN orders o ON o.o_customer = c.c_id WHERE c.c_mail = 'customer99@example.org'",
  },
  {
    id: 'segment-month',
    sql: "SELECT o.o_id, sum(l.l_price) FROM customer c JOIN orders o ON o.o_customer = c.c_id JOIN lineitem l ON l.l_order = o.o_id WHERE c.c_segment = 'BUILDING' AND o.o_date >= '2023-05-01' AND o.o_date < '2023-05-04' GROUP BY o.o_id",
  },
  {
    id: 'returned-by-nation',
    sql: "SELECT n.n_name, count(*) FROM lineitem l JOIN supplier s ON s.s_id = l.l_supplier JOIN nation n ON n.n_id = s.s_nation WHERE l.l_flag = 'R' AND l.l_shipped > '2024-11-01' GROUP BY n.n_name",
  },
  {
    id: 'part-sales',
    sql: "SELECT sum(l.l_price) FROM part p JOIN lineitem l ON l.l_part = p.p_id WHERE p.p_brand = 'Brand#12' AND p.p_size = 7",
  },
  {
    id: 'cheapest-supplier',
    sql: 'SELECT s.s_name FROM partsupp ps JOIN supplier s ON s.s_id = ps.ps_supplier WHERE ps.ps_part = 77 ORDER BY ps.ps_cost LIMIT 1',
  },
  {
    id: 'supplier-stock',
    sql: 'SELECT sum(ps_quantity * ps_cost) FROM partsupp WHERE ps_supplier = 1234',
  },
  {
    id: 'supplier-lines',
    sql: "SELECT l_order, l_line FROM lineitem WHERE l_supplier = 77 AND l_shipped BETWEEN '2022-01-01' AND '2022-12-31' ORDER BY l_shipped",
  },
  {
    id: 'big-orders',
    sql: 'SELECT o_id, o_total FROM orders WHERE o_total > 49900 ORDER BY o_total DESC LIMIT 20',
  },
  {
    id: 'parts-of-type',
    sql: "SELECT p_id FROM part WHERE p_type LIKE 'NICKEL 1%'",
  },
  {
    id: 'mode-late',
    sql: "SELECT count(*) FROM orders o JOIN lineitem l ON l.l_order = o.o_id WHERE l.l_mode = 'MAIL' AND l.l_received >= '2021-06-01' AND l.l_received < '2021-06-08'",
  },
  {
    id: 'no-orders',
    sql: 'SELECT count(*) FROM customer c WHERE c.c_balance > 9500 AND NOT EXISTS (SELECT FROM orders o WHERE o.o_customer = c.c_id)',
  },
  {
    id: 'nation-customers',
    sql: 'SELECT c_id, c_balance FROM customer WHERE c_nation = 24 ORDER BY c_balance DESC LIMIT 10',
  },
];
