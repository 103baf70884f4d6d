DETACH temp
