"""One file per migration, named `vNNNN_what`; `schema.VERSION` is the newest."""
