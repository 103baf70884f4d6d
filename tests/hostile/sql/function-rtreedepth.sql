SELECT rtreedepth(x'00')
