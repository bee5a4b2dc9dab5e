SELECT currentUser() FORMAT TSVRaw
