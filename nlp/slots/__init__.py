"""The details beside the rights: values as they stand in the mail, never completed or tidied."""
