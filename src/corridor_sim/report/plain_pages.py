def plain_pdf(page): raise NotImplementedError
