-- Purpose: takes away a table, a view or a dictionary of Kulprit's.
DROP {% if is_dictionary %}DICTIONARY{% else %}TABLE{% endif %} IF EXISTS {{ table | ident }}{{ on_cluster }} SYNC
