PRAGMA vdbe_trace=1
