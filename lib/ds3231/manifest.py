metadata(version="0.1.0")
package("ds3231", base_path="..")
