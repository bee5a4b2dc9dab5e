throwIf(JSONExtractString(json, 'status') != 'success', 'this is no answer of such a server') = 0
