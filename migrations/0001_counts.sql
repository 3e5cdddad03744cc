CREATE TABLE `counts` (
	`id` integer PRIMARY KEY NOT NULL,
	`known` integer NOT NULL,
	`in_scope` integer NOT NULL,
	`enforced` integer NOT NULL,
	`open` integer NOT NULL,
	`unread` integer NOT NULL,
	`undecided` integer NOT NULL,
	`approved` integer NOT NULL,
	`rejected` integer NOT NULL,
	`replaced` integer NOT NULL,
	CONSTRAINT "counts_one_row" CHECK(id = 1)
) STRICT;
--> statement-breakpoint
DROP INDEX `edges_caller`;--> statement-breakpoint
CREATE INDEX `edges_caller` ON `edges` (`caller`);--> statement-breakpoint
CREATE INDEX `wave_callees_step` ON `wave_callees` (`wave_id`,`step`);
--> statement-breakpoint
-- What is there already is counted once; from then on the triggers below keep count.
INSERT INTO `counts`
SELECT 1, p.*, e.*
FROM (
	SELECT COUNT(*), COALESCE(SUM(`in_scope`), 0), COALESCE(SUM(`in_scope` AND COALESCE(`stored`, `effective`) IS 1), 0),
		COALESCE(SUM(`in_scope` AND COALESCE(`stored`, `effective`) IS 0), 0), COALESCE(SUM(`in_scope` AND `effective` IS NULL), 0)
	FROM `projects`
) AS p, (
	SELECT COUNT(*) FILTER (WHERE `state` = 'undecided'), COUNT(*) FILTER (WHERE `state` = 'approved'),
		COUNT(*) FILTER (WHERE `state` = 'rejected'), COUNT(*) FILTER (WHERE `state` = 'replaced')
	FROM `edges`
) AS e;
--> statement-breakpoint
CREATE TRIGGER `counts_project_added` AFTER INSERT ON `projects`
BEGIN
	UPDATE `counts` SET `known` = `known` + 1,
		`in_scope` = `in_scope` + (NEW.`in_scope`),
		`enforced` = `enforced` + (NEW.`in_scope` AND COALESCE(NEW.`stored`, NEW.`effective`) IS 1),
		`open` = `open` + (NEW.`in_scope` AND COALESCE(NEW.`stored`, NEW.`effective`) IS 0),
		`unread` = `unread` + (NEW.`in_scope` AND NEW.`effective` IS NULL);
END;
--> statement-breakpoint
CREATE TRIGGER `counts_project_changed` AFTER UPDATE OF `in_scope`, `stored`, `effective` ON `projects`
WHEN OLD.`in_scope` IS NOT NEW.`in_scope` OR OLD.`stored` IS NOT NEW.`stored` OR OLD.`effective` IS NOT NEW.`effective`
BEGIN
	UPDATE `counts` SET `in_scope` = `in_scope` - (OLD.`in_scope`) + (NEW.`in_scope`),
		`enforced` = `enforced` - (OLD.`in_scope` AND COALESCE(OLD.`stored`, OLD.`effective`) IS 1) + (NEW.`in_scope` AND COALESCE(NEW.`stored`, NEW.`effective`) IS 1),
		`open` = `open` - (OLD.`in_scope` AND COALESCE(OLD.`stored`, OLD.`effective`) IS 0) + (NEW.`in_scope` AND COALESCE(NEW.`stored`, NEW.`effective`) IS 0),
		`unread` = `unread` - (OLD.`in_scope` AND OLD.`effective` IS NULL) + (NEW.`in_scope` AND NEW.`effective` IS NULL);
END;
--> statement-breakpoint
CREATE TRIGGER `counts_project_removed` AFTER DELETE ON `projects`
BEGIN
	UPDATE `counts` SET `known` = `known` - 1,
		`in_scope` = `in_scope` - (OLD.`in_scope`),
		`enforced` = `enforced` - (OLD.`in_scope` AND COALESCE(OLD.`stored`, OLD.`effective`) IS 1),
		`open` = `open` - (OLD.`in_scope` AND COALESCE(OLD.`stored`, OLD.`effective`) IS 0),
		`unread` = `unread` - (OLD.`in_scope` AND OLD.`effective` IS NULL);
END;
--> statement-breakpoint
CREATE TRIGGER `counts_edge_added` AFTER INSERT ON `edges`
BEGIN
	UPDATE `counts` SET `undecided` = `undecided` + (NEW.`state` = 'undecided'),
		`approved` = `approved` + (NEW.`state` = 'approved'),
		`rejected` = `rejected` + (NEW.`state` = 'rejected'),
		`replaced` = `replaced` + (NEW.`state` = 'replaced');
END;
--> statement-breakpoint
CREATE TRIGGER `counts_edge_decided` AFTER UPDATE OF `state` ON `edges`
WHEN OLD.`state` <> NEW.`state`
BEGIN
	UPDATE `counts` SET `undecided` = `undecided` - (OLD.`state` = 'undecided') + (NEW.`state` = 'undecided'),
		`approved` = `approved` - (OLD.`state` = 'approved') + (NEW.`state` = 'approved'),
		`rejected` = `rejected` - (OLD.`state` = 'rejected') + (NEW.`state` = 'rejected'),
		`replaced` = `replaced` - (OLD.`state` = 'replaced') + (NEW.`state` = 'replaced');
END;
--> statement-breakpoint
CREATE TRIGGER `counts_edge_removed` AFTER DELETE ON `edges`
BEGIN
	UPDATE `counts` SET `undecided` = `undecided` - (OLD.`state` = 'undecided'),
		`approved` = `approved` - (OLD.`state` = 'approved'),
		`rejected` = `rejected` - (OLD.`state` = 'rejected'),
		`replaced` = `replaced` - (OLD.`state` = 'replaced');
END;
