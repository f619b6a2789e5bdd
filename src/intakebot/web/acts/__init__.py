"""Acts: every act of a complaint's life that has a page, and how its form is read. No page is drawn here."""
