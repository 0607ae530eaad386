-- One believable row for each table of vividly.md, and a second user and request where one alone says little.

INSERT INTO organizations (id, name, org_type, parent_id) VALUES
    ('org_mnps', 'Metro Nashville Public Schools', 'district', NULL),
    ('school_hillsboro_hs', 'Hillsboro High School', 'school', 'org_mnps');
INSERT INTO users (id, email, password_hash, first_name, last_name, role, org_id, grade_level) VALUES
    ('user_teacher', 'teacher@example.org', '!', 'Tess', 'Reed', 'teacher', 'school_hillsboro_hs', NULL),
    ('user_student', 'student@example.org', '!', 'Sam', 'Doe', 'student', 'school_hillsboro_hs', 10);
INSERT INTO classes (id, name, grade_level, teacher_id, school_id) VALUES
    ('class_1', 'Science 10A', 10, 'user_teacher', 'school_hillsboro_hs');
INSERT INTO class_students (class_id, student_id) VALUES ('class_1', 'user_student');
INSERT INTO topics (id, title, path, subject) VALUES ('topic_phys', 'Physics', 'physics', 'physics');
INSERT INTO interests (id, name, category) VALUES ('int_basketball', 'Basketball', 'sports');
INSERT INTO student_interests (student_id, interest_id, rank) VALUES ('user_student', 'int_basketball', 1);
INSERT INTO generated_content (id, topic_id, interest_id, cache_key, content_type) VALUES
    ('content_1', 'topic_phys', 'int_basketball', 'key_1', 'vivid_now');
INSERT INTO content_requests (id, student_id, original_query, status, topic_id, interest_id) VALUES
    ('req_1', 'user_student', 'What is a force?', 'generating_audio', 'topic_phys', 'int_basketball'),
    ('req_2', 'user_student', 'Tell me about physics', 'failed', NULL, NULL);
INSERT INTO student_progress (student_id, topic_id) VALUES ('user_student', 'topic_phys');
INSERT INTO feedback (id, student_id, content_id, feedback_type, rating, regeneration_request_id) VALUES
    ('feedback_1', 'user_student', 'content_1', 'make_simpler', 3, 'req_1');
INSERT INTO student_account_requests (id, teacher_id, first_name, last_name, email, grade_level, class_id) VALUES
    ('sreq_1', 'user_teacher', 'New', 'Pupil', 'new@example.org', 10, 'class_1');
INSERT INTO bulk_upload_jobs (id, uploaded_by, school_id, file_path) VALUES
    ('upload_job_1', 'user_teacher', 'school_hillsboro_hs', 'uploads/class.csv');
INSERT INTO audit_logs (user_id, user_role, action, resource_type, resource_id) VALUES
    ('user_teacher', 'teacher', 'view_student_data', 'user', 'user_student');
