"""Functions for callers in any language: to hand in a class list, cancel and undo it, and to make an invitation.

Each runs with its owner's rights, for API layers have none on the tables; what it may not do, it refuses by itself.
"""

from __future__ import annotations

_DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
#: Who may hand in a list of a school: who works there or in its district, and the platform's own people.
_HAND_IN = f"""
CREATE OR REPLACE FUNCTION {{content}}.hand_in_class_list(
    uploaded_by text, school_id text, file_path text, role text DEFAULT 'student', grade_level integer DEFAULT NULL,
    class_id text DEFAULT NULL, atomic boolean DEFAULT false, dry_run boolean DEFAULT false,
    leavers boolean DEFAULT false, invite boolean DEFAULT true) RETURNS text
{_DEFINER} AS $$
#variable_conflict use_column
DECLARE
    school record;
    upload text := {{content}}.generate_id('upload_job');
BEGIN
    SELECT o.id, o.parent_id INTO school FROM {{content}}.organizations o
    WHERE o.id = hand_in_class_list.school_id AND o.org_type = 'school' AND o.deleted_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'hand_in_class_list: there is no school %', quote_nullable(hand_in_class_list.school_id)
            USING ERRCODE = '22023';
    END IF;
    PERFORM FROM {{content}}.users u WHERE u.id = hand_in_class_list.uploaded_by AND u.deleted_at IS NULL
        AND u.is_active AND u.role <> 'student'
        AND (u.org_id IN (school.id, school.parent_id) OR CAST(u.role AS text) LIKE 'vividly%');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'hand_in_class_list: % may hand in no list of the school %; name somebody who works there',
            quote_nullable(hand_in_class_list.uploaded_by), quote_nullable(school.id) USING ERRCODE = '22023';
    END IF;
    IF hand_in_class_list.role IS NULL OR hand_in_class_list.role NOT IN ('student', 'teacher') THEN
        RAISE EXCEPTION 'hand_in_class_list: role is %; a list makes students and teachers, nobody else',
            quote_nullable(hand_in_class_list.role) USING ERRCODE = '22023';
    END IF;
    IF hand_in_class_list.grade_level NOT BETWEEN 9 AND 12 THEN
        RAISE EXCEPTION 'hand_in_class_list: grade_level is %; students are in the grades 9 to 12',
            hand_in_class_list.grade_level USING ERRCODE = '22023';
    END IF;
    IF hand_in_class_list.class_id IS NOT NULL THEN
        PERFORM FROM {{content}}.classes c WHERE c.id = hand_in_class_list.class_id AND c.school_id = school.id
            AND c.deleted_at IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'hand_in_class_list: the school % has no class %', quote_nullable(school.id),
                quote_nullable(hand_in_class_list.class_id) USING ERRCODE = '22023';
        END IF;
    END IF;
    IF coalesce(hand_in_class_list.file_path, '') = '' OR length(hand_in_class_list.file_path) > 500 THEN
        RAISE EXCEPTION 'hand_in_class_list: file_path names no file; give its key or its URL in the storage, below '
            'uploads/' USING ERRCODE = '22023';
    END IF;
    INSERT INTO {{content}}.bulk_upload_jobs (id, uploaded_by, school_id, file_path)
    VALUES (upload, hand_in_class_list.uploaded_by, school.id, hand_in_class_list.file_path);
    INSERT INTO {{content}}.class_lists (upload_id, role, grade_level, class_id, atomic, dry_run, leavers, invite)
    VALUES (upload, CAST(hand_in_class_list.role AS {{content}}.user_role), hand_in_class_list.grade_level,
            hand_in_class_list.class_id, coalesce(hand_in_class_list.atomic, false),
            coalesce(hand_in_class_list.dry_run, false), coalesce(hand_in_class_list.leavers, false),
            coalesce(hand_in_class_list.invite, true));
    PERFORM bellwork.enqueue('content.read_class_list', jsonb_build_object('job_id', upload), queue => 'lists',
        unique_key => 'content.read_class_list:' || upload);
    RETURN upload;
END $$
"""  # noqa: S608 - a constant, which stands above
_CANCEL = f"""
CREATE OR REPLACE FUNCTION {{content}}.cancel_class_list(upload_id text) RETURNS boolean
{_DEFINER} AS $$
#variable_conflict use_column
DECLARE
    stands text;
BEGIN
    SELECT CAST(b.status AS text) INTO stands FROM {{content}}.bulk_upload_jobs b
    WHERE b.id = cancel_class_list.upload_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'cancel_class_list: there is no upload %', quote_nullable(cancel_class_list.upload_id)
            USING ERRCODE = '22023';
    END IF;
    IF stands NOT IN ('queued', 'processing') THEN
        RETURN false;
    END IF;
    INSERT INTO {{content}}.class_lists AS l (upload_id, cancelled_at) VALUES (cancel_class_list.upload_id, now())
    ON CONFLICT (upload_id) DO UPDATE SET cancelled_at = coalesce(l.cancelled_at, now());
    IF stands = 'queued' THEN
        UPDATE {{content}}.bulk_upload_jobs b SET status = 'failed', completed_at = now()
        WHERE b.id = cancel_class_list.upload_id;
        UPDATE {{content}}.class_lists l SET stage = 'done', reason = 'cancelled before it was begun'
        WHERE l.upload_id = cancel_class_list.upload_id;
    END IF;
    RETURN true;
END $$
"""  # noqa: S608 - a constant, which stands above
_UNDO = f"""
CREATE OR REPLACE FUNCTION {{content}}.undo_class_list(upload_id text) RETURNS boolean
{_DEFINER} AS $$
#variable_conflict use_column
DECLARE
    upload record;
BEGIN
    SELECT b.status, b.completed_at, l.dry_run, l.undo_asked_at INTO upload
    FROM {{content}}.bulk_upload_jobs b LEFT JOIN {{content}}.class_lists l ON l.upload_id = b.id
    WHERE b.id = undo_class_list.upload_id FOR NO KEY UPDATE OF b;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'undo_class_list: there is no upload %', quote_nullable(undo_class_list.upload_id)
            USING ERRCODE = '22023';
    END IF;
    IF upload.status NOT IN ('completed', 'failed') THEN
        RAISE EXCEPTION 'undo_class_list: upload % is %; cancel it first', undo_class_list.upload_id, upload.status
            USING ERRCODE = '22023';
    END IF;
    IF upload.undo_asked_at IS NOT NULL OR upload.dry_run IS NOT FALSE THEN
        RETURN false;
    END IF;
    IF (upload.completed_at > now() - interval '24 hours') IS NOT TRUE THEN
        RAISE EXCEPTION 'undo_class_list: upload % ended at %; it can be undone for 24 hours, and no longer',
            undo_class_list.upload_id, upload.completed_at USING ERRCODE = '22023';
    END IF;
    UPDATE {{content}}.class_lists l SET undo_asked_at = now() WHERE l.upload_id = undo_class_list.upload_id;
    PERFORM bellwork.enqueue('content.undo_class_list', jsonb_build_object('job_id', undo_class_list.upload_id),
        queue => 'lists', unique_key => 'content.undo_class_list:' || undo_class_list.upload_id);
    RETURN true;
END $$
"""  # noqa: S608 - a constant, which stands above
#: An account with a password of its own is nobody's to invite: a token would open it.
_INVITE = f"""
CREATE OR REPLACE FUNCTION {{content}}.make_invitation(user_id text) RETURNS text
{_DEFINER} AS $$
#variable_conflict use_column
DECLARE
    token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
BEGIN
    PERFORM FROM {{content}}.users u WHERE u.id = make_invitation.user_id AND u.password_hash = '!'
        AND u.is_active AND u.deleted_at IS NULL AND u.role IN ('student', 'teacher') FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO {{content}}.invitations AS i (user_id, token_hash, expires_at)
    VALUES (make_invitation.user_id, sha256(convert_to(token, 'UTF8')), now() + interval '14 days')
    ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at
    WHERE i.redeemed_at IS NULL RETURNING token INTO token;
    RETURN token;
END $$
"""  # noqa: S608 - a constant, which stands above
_HAND_IN_ARGUMENTS = "text, text, text, text, integer, text, boolean, boolean, boolean, boolean"
LIST_FUNCTIONS = {
    f"hand_in_class_list({_HAND_IN_ARGUMENTS})": _HAND_IN,
    "cancel_class_list(text)": _CANCEL,
    "undo_class_list(text)": _UNDO,
    "make_invitation(text)": _INVITE,
}
#: What callers may call, and nobody else.
CALLED = tuple(LIST_FUNCTIONS)
