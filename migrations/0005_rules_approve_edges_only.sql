-- What no rule may do, whatever the program does: let in a group, with all that comes along with it.
CREATE TRIGGER `decisions_of_rules` BEFORE INSERT ON `decisions`
WHEN NEW.`by_kind` = 'rule' AND NEW.`kind` <> 'edge'
BEGIN
	SELECT RAISE(ABORT, 'a rule decides edges, never group entries');
END;
--> statement-breakpoint
CREATE TRIGGER `decisions_replaced` BEFORE INSERT ON `decisions`
WHEN (NEW.`verdict` = 'replaced') <> (NEW.`replaced_by` IS NOT NULL)
BEGIN
	SELECT RAISE(ABORT, 'what is replaced says by what, and nothing else does');
END;
