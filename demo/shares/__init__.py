"""Share links: a small public page of a result, until its maker deletes it or it expires.

`store` keeps a share in two places: its pictures (`files`) and its row (`database`). A share
exists when its row does, so the row is written last and removed first.
"""
