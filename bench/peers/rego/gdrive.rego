# data.entities: by uid, `above` holds every uid at or above it; attributes that name entities are uids.
package app

default allow := false

p := data.entities[input.principal]

r := data.entities[input.resource]

allow if {
	input.action == "read"
	r.above[p.attrs.documentsAndFoldersWithViewAccess]
}

allow if {
	input.action == "read"
	r.attrs.isPublic
}

allow if {
	input.action in {"read", "write", "share"}
	some folder in p.attrs.ownedFolders
	r.above[folder]
}

allow if {
	input.action in {"read", "write", "share"}
	input.resource in p.attrs.ownedDocuments
}

allow if {
	input.action == "changeOwner"
	input.resource in p.attrs.ownedDocuments
}

allow if {
	input.action == "createDocument"
	input.resource in p.attrs.ownedFolders
}
