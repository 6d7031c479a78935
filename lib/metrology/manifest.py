metadata(version="0.1.0")
package("metrology", base_path="..")
