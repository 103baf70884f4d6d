package app

default allow := false

p := data.entities[input.principal]

r := data.entities[input.resource]

allow if {
	input.action in {"CreateList", "GetLists"}
	input.resource == "Application::TinyTodo"
}

allow if r.attrs.owner == input.principal

allow if {
	input.action == "GetList"
	p.above[r.attrs.readers]
}

allow if {
	input.action in {"GetList", "UpdateList", "CreateTask", "UpdateTask", "DeleteTask"}
	p.above[r.attrs.editors]
}
