metadata(version="0.1.0")  # noqa: F821
package("c1219")  # noqa: F821
