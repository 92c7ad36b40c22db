-- Whether a person asked for it who had signed in: nothing is told once he has no role any more.
ALTER TABLE notice_subscriptions ADD COLUMN of_person INTEGER NOT NULL DEFAULT 0;

-- What comes after the server of a webhook's address may be its secret, and is not shown any more.
UPDATE notice_subscriptions SET shown = substr(shown, 1, 8 + instr(substr(shown, 9), '/')) || '…'
WHERE kind = 'webhook' AND instr(substr(shown, 9), '/') > 0;
