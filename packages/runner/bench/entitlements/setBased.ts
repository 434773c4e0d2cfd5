/**
 * The same rules as one set-based statement: the limit that ours is measured
 * against. It knows no findings and says no reasons; it only grants.
 *
 * `setBasedSettings` belong to it: without them the planner, which knows
 * nothing of the rows that a CTE inserts, joins those row by row (fifty seconds
 * for 20,000 invoices).
 */
export const setBasedSettings = [
  "SET work_mem = '256MB'",
  "SET jit = off",
  "SET enable_nestloop = off",
  "SET enable_mergejoin = off"
]

export const setBasedSql = `
WITH scope AS (
  SELECT oj.id FROM gym.sif_oj oj JOIN gym.sif_pod pod ON pod.id = oj.pod
  WHERE oj.fl_akt AND pod.fl_akt
    AND EXISTS (SELECT 1 FROM gym.m_kupljeno m WHERE m.pod = pod.id AND m.modul = 50)
    AND EXISTS (SELECT 1 FROM gym.osn_setoj s WHERE s.oj = oj.id AND s.sett = 'OJ_CLAN' AND s.val = 'F')
), newest AS (
  SELECT art, max(id) AS id FROM gym.osn_sastavnice GROUP BY art
), content AS (
  SELECT a.id AS art, a.ru = 'Y' IS TRUE AS is_package,
    count(k.id) FILTER (WHERE k.kol > 0) AS good, count(k.id) AS lines
  FROM gym.sif_art a
  LEFT JOIN newest n ON n.art = a.id AND a.ru = 'Y'
  LEFT JOIN gym.osn_sastavke k ON k.sastavnica = n.id
  GROUP BY a.id, a.ru
), line AS (
  SELECT d.id AS dok, d.clan, d.dat, i.item, i.kol, z.id AS zad, z.poc, z.dm, z.frek,
    -- of several subscriptions: the latest anchor on or before the date, else the earliest, ties by the highest id
    row_number() OVER (PARTITION BY i.id ORDER BY (z.poc <= d.dat) DESC NULLS LAST,
      CASE WHEN z.poc <= d.dat THEN z.poc END DESC NULLS LAST, z.poc, z.id DESC) AS choice
  FROM gym.dok d
  JOIN scope ON scope.id = d.oj
  JOIN gym.dok_items i ON i.dok = d.id
  JOIN gym.osn_zad z ON z.clan = d.clan AND z.item = i.item
  WHERE NOT EXISTS (SELECT 1 FROM gym.gym_quota q WHERE q.dok = d.id)
), chosen AS (
  SELECT line.*, content.is_package,
    line.kol > 0 AND content.art IS NOT NULL
      AND (NOT content.is_package OR (content.lines > 0 AND content.good = content.lines)) AS is_good,
    CASE
      WHEN poc IS NULL OR dm IS NULL OR dm NOT IN ('D', 'M') OR frek IS NULL OR frek <= 0 THEN NULL
      WHEN dat < poc THEN 0
      WHEN dm = 'D' THEN (dat - poc) / frek
      ELSE (SELECT CASE WHEN poc + make_interval(months => whole * frek) > dat THEN whole - 1 ELSE whole END
            FROM (SELECT ((extract(year FROM dat) - extract(year FROM poc)) * 12
                    + extract(month FROM dat) - extract(month FROM poc))::int / frek AS whole) w)
    END AS n
  FROM line LEFT JOIN content ON content.art = line.item
  WHERE choice = 1
), granted AS MATERIALIZED (
  SELECT dok, clan, item, kol, is_package,
    CASE WHEN n IS NULL THEN dat WHEN dm = 'D' THEN poc + n * frek
      ELSE (poc + make_interval(months => n * frek))::date END AS sdate,
    CASE WHEN n IS NULL THEN (dat + interval '1 month')::date WHEN dm = 'D' THEN poc + (n + 1) * frek
      ELSE (poc + make_interval(months => (n + 1) * frek))::date END AS edate
  FROM (SELECT chosen.*, bool_and(is_good) OVER (PARTITION BY dok) AS whole FROM chosen) c
  WHERE whole
), quota AS (
  INSERT INTO gym.gym_quota (member, art, sdate, edate, dok)
  SELECT DISTINCT clan, item, sdate, edate, dok FROM granted
  RETURNING id, dok, art
)
INSERT INTO gym.gym_quotad (quota, art, qty)
SELECT quota.id, coalesce(k.item, g.item), round(sum(g.kol * coalesce(k.kol, 1)), 3)
FROM granted g
JOIN quota ON quota.dok = g.dok AND quota.art = g.item
LEFT JOIN newest n ON n.art = g.item AND g.is_package
LEFT JOIN gym.osn_sastavke k ON k.sastavnica = n.id
GROUP BY quota.id, coalesce(k.item, g.item)`
