"""The process and its doors: the only place with network and clock."""
