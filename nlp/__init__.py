"""Reading mail: language, the rights it exercises, and what it says about them."""
