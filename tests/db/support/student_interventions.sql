CREATE TABLE user_profiles (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE courses (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE student_enrollments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES user_profiles(id),
    course_id uuid NOT NULL REFERENCES courses(id),
    status text NOT NULL,
    enrolled_at timestamptz NOT NULL,
    completion_percentage numeric
);
CREATE TABLE student_interventions (
    id uuid DEFAULT gen_random_uuid() CONSTRAINT student_interventions_pkey PRIMARY KEY,
    student_id uuid NOT NULL CONSTRAINT student_interventions_student_id_fkey REFERENCES user_profiles(id),
    enrollment_id uuid NOT NULL CONSTRAINT student_interventions_enrollment_id_fkey REFERENCES student_enrollments(id),
    course_id uuid NOT NULL CONSTRAINT student_interventions_course_id_fkey REFERENCES courses(id),
    risk_level text NOT NULL,
    risk_reasons text[] NOT NULL,
    intervention_type text,
    assigned_trainer_id uuid
        CONSTRAINT student_interventions_assigned_trainer_id_fkey REFERENCES user_profiles(id),
    assigned_at timestamptz,
    status text NOT NULL DEFAULT 'pending'::text,
    notes text,
    trainer_notes text,
    resolution_notes text,
    outcome text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    resolved_at timestamptz,
    deleted_at timestamptz
);
CREATE INDEX idx_student_interventions_student ON student_interventions USING btree (student_id)
    WHERE (deleted_at IS NULL);
CREATE INDEX idx_student_interventions_enrollment ON student_interventions USING btree (enrollment_id)
    WHERE (deleted_at IS NULL);
CREATE INDEX idx_student_interventions_trainer ON student_interventions USING btree (assigned_trainer_id)
    WHERE ((deleted_at IS NULL) AND (status = ANY (ARRAY['pending'::text, 'in_progress'::text])));
CREATE INDEX idx_student_interventions_status ON student_interventions USING btree (status)
    WHERE (deleted_at IS NULL);
CREATE INDEX idx_student_interventions_created ON student_interventions USING btree (created_at DESC)
    WHERE (deleted_at IS NULL);
