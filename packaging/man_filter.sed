# What doxygen is shown of the header: the contract at its top as the page's description, a paragraph a rule.
1s,/\*,/** @file,
1,/\*\//s,^ \* \([A-Za-z][A-Za-z]*\(()\)\{0\,1\}\)\. , *\n * <b>\1.</b> ,
