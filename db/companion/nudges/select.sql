-- Gives nudges to those for whom one is due, and records why others get none. What comes before names `people` (id,
-- profile, asked: the zone that it names, and what `due` needs of them) and `due` (user_id, channel, message, why,
-- suggestions, goal_id, expires, and next_expires where a second goal waits; of our nudges the last slot taken today,
-- whether one had this type, and how many the spell has had), and `looked`: how many were looked at, and up to where; the
-- rules are those of rules.py.
-- Two unique keys of nudge_keys decide: whoever comes second inserts nothing. IS TRUE: no join, which PostgreSQL would plan for one row, and make for thousands.
, judged AS MATERIALIZED (
    SELECT d.*, p.profile, h.day, h.begins, h.ends, h.not_after, seen.others, seen.unopened, clock.at,
           -- UUIDs of version 7: next to each other in the indexes, while random ones each change a page of their own.
           CAST(encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(
               int8send(CAST(extract(epoch FROM clock.at) * 1000 AS bigint)) FROM 3) FROM 1), 52, 1), 53, 1), 'hex')
               AS uuid) AS nudge_id,
           CASE jsonb_typeof(p.profile #> '{preferences,nudge_frequency_cap}') WHEN 'number'
               THEN least(greatest(floor(CAST(p.profile #>> '{preferences,nudge_frequency_cap}' AS numeric)), 0), :most)
               ELSE :cap END AS cap,
           CASE WHEN quiet.is_so
               THEN (h.day + CASE WHEN CAST(h.here AS time) < quiet.till THEN 0 ELSE 1 END + quiet.till)
                    AT TIME ZONE h.zone
               ELSE clock.at END AS not_before
    FROM due d
    CROSS JOIN clock
    JOIN people p ON p.id = d.user_id
    JOIN hours h ON h.asked = p.asked
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE n.sent_at >= h.begins AND n.sent_at < h.ends AND NOT EXISTS (
                   SELECT FROM {companion}.nudge_keys k WHERE k.nudge_id = n.id)) AS others,
               max(n.sent_at) FILTER (WHERE n.opened_at IS NULL AND n.clicked_at IS NULL
                   AND n.sent_at > clock.at - CAST(:unopened_for AS interval)) AS unopened
        FROM {companion}.nudges n
        WHERE n.user_id = d.user_id AND n.sent_at > clock.at - CAST(:unopened_for AS interval)
    ) seen
    CROSS JOIN LATERAL (
        SELECT CASE WHEN wish ~ '^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$' THEN wish END AS hours
        FROM (SELECT p.profile #>> '{preferences,quiet_hours}' AS wish) AS wished
    ) valid
    CROSS JOIN LATERAL (
        SELECT CAST(left(valid.hours, 5) AS time) AS since, CAST(right(valid.hours, 5) AS time) AS till
    ) span
    CROSS JOIN LATERAL (
        SELECT span.till, coalesce(CASE
            WHEN span.since < span.till THEN CAST(h.here AS time) >= span.since AND CAST(h.here AS time) < span.till
            WHEN span.since > span.till THEN CAST(h.here AS time) >= span.since OR CAST(h.here AS time) < span.till
            END, false) AS is_so
    ) quiet
), decided AS MATERIALIZED (
    SELECT *, CASE
        WHEN profile #>> '{preferences,nudges}' = 'false' THEN 'opted_out'
        WHEN had_type THEN CASE WHEN :type = 'cross_subject' THEN 'one_a_day' ELSE 'given' END
        WHEN :type <> 'inactivity' AND unopened IS NOT NULL THEN 'unopened'
        WHEN :type = 'inactivity' AND spell >= :per_spell THEN 'spell'
        WHEN taken + others >= cap THEN 'cap'
        WHEN channel <> 'in_app' AND not_before >= not_after THEN 'late'
        END AS reason
    FROM judged
), won AS (
    INSERT INTO {companion}.nudge_keys (nudge_id, user_id, type, day, slot, goal_id)
    SELECT nudge_id, user_id, :type, day, taken + 1, goal_id FROM decided WHERE reason IS NULL ORDER BY user_id
    ON CONFLICT DO NOTHING RETURNING nudge_id
), written AS (
    INSERT INTO {companion}.nudges (id, user_id, type, channel, message, sent_at, created_at, trigger_reason,
        suggestions_made)
    SELECT d.nudge_id, d.user_id, :type, d.channel, d.message, d.at, d.at, d.why, d.suggestions
    FROM decided d WHERE (d.nudge_id IN (SELECT nudge_id FROM won)) IS TRUE
), posted AS (
    INSERT INTO bellwork.letters (key, system, kind, person, can_unsubscribe, not_before, not_after)
    SELECT 'companion.nudge:' || d.nudge_id, 'companion', 'nudge', CAST(d.user_id AS text), true, d.not_before, d.not_after
    FROM decided d WHERE d.channel <> 'in_app' AND (d.nudge_id IN (SELECT nudge_id FROM won)) IS TRUE
    RETURNING 1
), refused AS (
    INSERT INTO {companion}.nudge_suppressions (user_id, type, day, reason, next_at, decided_at)
    SELECT user_id, :type, day, reason, CASE WHEN later < coalesce(expires, 'infinity') THEN later END, at
    FROM (
        SELECT user_id, day, reason, at, expires, CASE reason
            WHEN 'unopened' THEN unopened + CAST(:unopened_for AS interval)
            WHEN 'cap' THEN CASE WHEN cap > 0 THEN ends END
            WHEN 'one_a_day' THEN ends
            WHEN 'late' THEN ends
            END AS later
        FROM decided WHERE reason <> 'given'
        UNION ALL
        SELECT user_id, day, 'one_a_day', at, next_expires, ends
        FROM decided WHERE reason IS NULL AND next_expires IS NOT NULL
    ) AS held
    ORDER BY user_id
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM won) AS given, (SELECT count(*) FROM posted) AS letters,
       (SELECT count(*) FROM refused) AS refused,
       (SELECT count(*) FROM decided WHERE reason NOT IN ('given', 'spell') OR reason IS NULL) AS due,
       looked.number, looked.last_at, looked.last_id
FROM looked
