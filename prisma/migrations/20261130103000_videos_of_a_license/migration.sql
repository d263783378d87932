-- The videos of a license, in the order in which they were begun: their ids are of version 7.
CREATE INDEX video_job_license_id_id_idx ON video_job (license_id, id);
