-- What a broker said of a quarantined message, so that it can be processed again as it came. It counts for the size.
ALTER TABLE quarantine ADD COLUMN topic TEXT;
ALTER TABLE quarantine ADD COLUMN topic_separator TEXT;

DROP TRIGGER quarantine_came;
DROP TRIGGER quarantine_went;
DROP TRIGGER quarantine_released;

CREATE TRIGGER quarantine_came AFTER INSERT ON quarantine WHEN new.released_us IS NULL BEGIN
    INSERT INTO quarantine_size VALUES (new.feed, length(new.raw) + octet_length(coalesce(new.topic, '')), 1)
    ON CONFLICT (feed) DO UPDATE SET bytes = bytes + excluded.bytes, records = records + 1;
END;
CREATE TRIGGER quarantine_went AFTER DELETE ON quarantine WHEN old.released_us IS NULL BEGIN
    UPDATE quarantine_size SET bytes = bytes - length(old.raw) - octet_length(coalesce(old.topic, '')), records = records - 1
    WHERE feed = old.feed;
END;
CREATE TRIGGER quarantine_released AFTER UPDATE OF released_us ON quarantine
WHEN old.released_us IS NULL AND new.released_us IS NOT NULL BEGIN
    UPDATE quarantine_size SET bytes = bytes - length(old.raw) - octet_length(coalesce(old.topic, '')), records = records - 1
    WHERE feed = old.feed;
END
