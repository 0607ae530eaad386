WITH clock AS (SELECT coalesce(CAST(:now AS timestamptz), now()) AS at)
SELECT u.role, u.profile, u.created_at, clock.at,
       (SELECT CAST(count(*) AS int) FROM (
            SELECT FROM {companion}.sessions s WHERE s.student_id = u.id AND s.session_date <= clock.at LIMIT :few
        ) AS held) AS sessions,
       ours.taken, ours.types, ours.spell, seen.others, seen.unopened, news.goals
FROM {companion}.users u
CROSS JOIN clock
CROSS JOIN LATERAL (
    SELECT {companion}.known_zone(coalesce(u.profile #>> '{preferences,time_zone}', 'UTC')) AS zone OFFSET 0
) AS h
CROSS JOIN LATERAL (SELECT CAST(clock.at AT TIME ZONE h.zone AS date) AS day) AS today
CROSS JOIN LATERAL (
    SELECT CAST(max(s.session_date) AT TIME ZONE h.zone AS date) AS day FROM {companion}.sessions s
    WHERE s.student_id = u.id AND s.session_date <= clock.at
) AS latest
CROSS JOIN LATERAL (
    SELECT coalesce(max(k.slot) FILTER (WHERE k.day = today.day), 0) AS taken,
           coalesce(array_agg(k.type) FILTER (WHERE k.day = today.day), '{}') AS types,
           CAST(count(*) FILTER (WHERE k.type = 'inactivity' AND (latest.day IS NULL OR k.day > latest.day)) AS int)
               AS spell
    FROM {companion}.nudge_keys k WHERE k.user_id = u.id
) AS ours
CROSS JOIN LATERAL (
    SELECT CAST(count(*) FILTER (
               WHERE n.sent_at >= CAST(today.day AS timestamp) AT TIME ZONE h.zone
                 AND n.sent_at < CAST(today.day + 1 AS timestamp) AT TIME ZONE h.zone
                 AND NOT EXISTS (SELECT FROM {companion}.nudge_keys k WHERE k.nudge_id = n.id)) AS int) AS others,
           max(n.sent_at) FILTER (WHERE n.opened_at IS NULL AND n.clicked_at IS NULL) AS unopened
    FROM {companion}.nudges n WHERE n.user_id = u.id AND n.sent_at > clock.at - CAST(:unopened_for AS interval)
) AS seen
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(g.completed_at ORDER BY g.completed_at, g.id), '{}') AS goals FROM {companion}.goals g
    WHERE g.student_id = u.id AND g.status = 'completed' AND g.completed_at <= clock.at
      AND g.completed_at > clock.at - CAST(:news_for AS interval)
      AND NOT EXISTS (SELECT FROM {companion}.nudge_keys k WHERE k.goal_id = g.id)
) AS news
WHERE u.id = :user
