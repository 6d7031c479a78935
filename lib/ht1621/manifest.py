metadata(version="0.1.0")
package("ht1621", base_path="..")
