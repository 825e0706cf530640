-- the cheap first statement of an import: may the caller, and how many decimals has a price here?
select json_build_object('currency', w.currency, 'decimals', hub.exponent(w.currency))::text
from hub.workspaces w where w.id = hub.workspace()
