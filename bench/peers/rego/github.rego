package app

default allow := false

p := data.entities[input.principal]

r := data.entities[input.resource]

owner := data.entities[r.attrs.owner]

allow if {
	input.action == "read"
	p.above[r.attrs.readers]
}

allow if {
	input.action in {"read", "triage"}
	p.above[r.attrs.triagers]
}

allow if {
	input.action in {"read", "triage", "write"}
	p.above[r.attrs.writers]
}

allow if {
	input.action in {"read", "triage", "write", "maintain"}
	p.above[r.attrs.maintainers]
}

allow if p.above[r.attrs.admins]

allow if {
	input.action == "read"
	p.above[owner.attrs.readers]
}

allow if {
	input.action in {"read", "triage", "write"}
	p.above[owner.attrs.writers]
}

allow if p.above[owner.attrs.admins]
