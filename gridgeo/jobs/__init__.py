"""One file per job: the only place where the core meets files and stores."""
