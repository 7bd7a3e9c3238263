# What doxygen is shown of the header: the contract at its top as the page's description, a paragraph a rule; lists and
# parameters on lines of their own; signs that doxygen would take for its own as they are.
s,@,\\@,g
s,<\([a-z][a-z ]*\)>,\&lt;\1\&gt;,g
1s,/\*,/** @file,
1,/\*\//s,^ \* \([A-Za-z][A-Za-z]*\(()\)\{0\,1\}\)\. , *\n * <b>\1.</b> ,
s,^ \*    \{0\,4\}\([^ ]\), * @n \1,
s,^ \* \([a-z_]*\(\, [a-z_]*\)*: \), * @n \1,
