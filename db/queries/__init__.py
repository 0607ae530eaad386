"""SQL in functions named as the product speaks, one module or package for each system."""
