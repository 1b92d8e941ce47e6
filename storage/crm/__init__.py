"""The CRM database, reached by data map."""
