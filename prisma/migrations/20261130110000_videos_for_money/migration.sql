-- A video whose plan sells money: the markup on what it cost, as its plan had it when it was begun. Null: its plan
-- sells requests.
ALTER TABLE video_job ADD COLUMN markup_percent text;
