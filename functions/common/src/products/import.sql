-- a batch of a catalogue file; each product stands for itself
select hub.import_products($1)
