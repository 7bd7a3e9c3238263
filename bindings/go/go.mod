module example.com/tcdb-query

go 1.19
